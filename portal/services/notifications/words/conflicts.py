"""Words about conflicts over whose client somebody is."""

from collections.abc import Mapping

from ....rules.conflicts.conflict import Cause, Result
from ....rules.notifications.kind import Whom
from ..marks import N_
from ..wording import Told, Words

_CAUSES: Mapping[str, str] = {
    Cause.OBJECTION: N_("a broker objects"),
    Cause.DOUBT: N_("a channel manager doubts it"),
    Cause.WALK_IN: N_("the client had walked in alone shortly before"),
    Cause.SAME_FACE: N_("one face under two phones"),
    Cause.SAME_HOME: N_("the same name takes the same home again under another phone"),
    Cause.KIN: N_("the buyer is kin of another broker's client"),
    Cause.MASK: N_("parts of a number may mean another client"),
}
_RESULTS: Mapping[str, str] = {
    Result.YOURS: N_("the client is yours"),
    Result.NOT_YOURS: N_("the client is not yours"),
    Result.SHARED: N_("you have a part of the deal"),
}
_AGENCYS: Mapping[str, str] = {
    Result.YOURS: N_("the client stays or becomes the broker's"),
    Result.NOT_YOURS: N_("the client is not the broker's"),
    Result.SHARED: N_("the broker has a part of the deal"),
}
_PERSON = N_("A person looks at everything that happened with the client, and decides by %(due_at)s.")
_WAITS = N_("Nobody who has part in it decides. Until then the payment of the deal waits.")

WORDS: Mapping[str, Told] = {
    "conflict_opened": {
        None: Words(
            N_("A conflict over a client in %(development)s waits: %(cause)s"),
            _WAITS,
            N_("Read what happened and decide by %(due_at)s."),
            terms={"cause": _CAUSES},
        )
    },
    "conflict_concerns": {
        None: Words(
            N_("Whose client somebody is in %(development)s is being looked at"),
            _PERSON,
            N_("You need do nothing. You are told what was decided, with a receipt."),
        ),
        Whom.PRINCIPALS: Words(
            N_("Whether a client in %(development)s is %(person)s's is being looked at"),
            _PERSON,
            N_("You need do nothing. A deal's payment may wait for it."),
        ),
    },
    "conflict_waits": {
        None: Words(
            N_("A decision over %(amount_fen)s of commission in %(development)s needs a second person"),
            N_("Whose client it is was decided by one; with so much money another confirms it."),
            N_("Read it, then confirm it or send it back."),
        )
    },
    "conflict_sent_back": {
        None: Words(
            N_("Your decision of a conflict in %(development)s was sent back"),
            N_("The second person did not confirm it. The reason stands beside it."),
            N_("Look at the case again and decide."),
        )
    },
    "conflict_decided": {
        None: Words(
            N_("It is decided in %(development)s: %(result)s"),
            N_("A person who has no part in it decided, with a reason. Your receipt is on the page."),
            N_("Who lost may ask once, within seven days, for another manager to look again."),
            terms={"result": _RESULTS},
        ),
        Whom.PRINCIPALS: Words(
            N_("A conflict of %(person)s in %(development)s is decided: %(result)s"),
            N_("A person who has no part in it decided, with a reason."),
            terms={"result": _AGENCYS},
        ),
    },
    "conflict_looked_again": {
        None: Words(
            N_("A second look at a conflict in %(development)s is asked for"),
            N_("Who lost asks once for another manager to look again."),
            N_("Whoever has not decided it before decides by %(due_at)s."),
        )
    },
    "conflicts_are_late": {
        None: Words(
            N_("Conflicts wait too long for a decision: %(count)s"),
            N_("The oldest was opened at %(since_at)s. The payment of its deal waits, too."),
            N_("Decide the oldest first."),
        )
    },
}
