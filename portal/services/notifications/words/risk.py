"""Words about flags over a partner's figures, and the questions that come of them."""

from collections.abc import Mapping

from ....rules.notifications.kind import Whom
from ....rules.risk.figures import Figure
from ....rules.risk.flag import Deed
from ..marks import N_
from ..wording import Told, Words

FIGURES: Mapping[str, str] = {
    Figure.SAME_ACCOUNT: N_("a bank account that somebody else is paid to as well"),
    Figure.SAME_PHONE: N_("a phone that another partner has as well"),
    Figure.JUST_BEFORE: N_("clients registered shortly before they came"),
    Figure.DOUBTED: N_("visits that did not count at once"),
    Figure.FAKE: N_("visits that were found to be fake"),
    Figure.ONE_FACE: N_("one face under several clients"),
    Figure.NEVER_CAME: N_("clients who never came"),
    Figure.WALKED_IN: N_("clients registered after they had walked in alone"),
    Figure.VELOCITY: N_("far more registrations than usual"),
}
_OUTCOMES: Mapping[str, str] = {
    Deed.LET_GO: N_("nothing is held against you"),
    Deed.STRUCK: N_("a visit was confirmed as fake"),
    Deed.EXPIRED: N_("it ended without a finding"),
}
_TERMS: Mapping[str, Mapping[str, str]] = {"figure": FIGURES}

WORDS: Mapping[str, Told] = {
    "risk_found": {
        None: Words(
            N_("Risk desk: %(figure)s (%(count)s)"),
            N_("A figure is over its limit. It freezes, refuses and holds nothing: a person looks."),
            N_("Open what it rests on. Ask the partner, or let it go."),
            terms=_TERMS,
        )
    },
    "risk_asked": {
        None: Words(
            N_("You are asked about this: %(figure)s"),
            N_("The channel manager wants to understand it. Nothing is decided, and no payment waits for it."),
            N_("Read the question and answer it on its page."),
            terms=_TERMS,
        ),
        Whom.PRINCIPALS: Words(
            N_("Your agency is asked about this: %(figure)s"),
            N_("The channel manager wants to understand it. Nothing is decided, and no payment waits for it."),
            N_("Read the question; you or the broker answer it on its page."),
            terms=_TERMS,
        ),
    },
    "risk_held": {
        None: Words(
            N_("A payment waits until you have answered: %(figure)s"),
            N_("Only what goes back to it is held; all else is paid as ever. You have a receipt of it."),
            N_("Read the question and answer it on its page."),
            terms=_TERMS,
        ),
        Whom.PRINCIPALS: Words(
            N_("A payment of your agency waits for an answer: %(figure)s"),
            N_("Only what goes back to it is held; all else is paid as ever."),
            N_("Read the question; you or the broker answer it on its page."),
            terms=_TERMS,
        ),
    },
    "risk_answered": {
        None: Words(
            N_("A partner has answered: %(figure)s"),
            N_("The answer stands on the flag's page. Thirty days without our word end it."),
            N_("Read it, then let go, ask again, or go on to a strike."),
            terms=_TERMS,
        )
    },
    "risk_ended": {
        None: Words(
            N_("A question to you is settled: %(outcome)s"),
            N_("It was about this: %(figure)s. What was held because of it is free."),
            terms={**_TERMS, "outcome": _OUTCOMES},
        ),
        Whom.PRINCIPALS: Words(
            N_("A question to your agency is settled: %(outcome)s"),
            N_("It was about this: %(figure)s. What was held because of it is free."),
            terms={**_TERMS, "outcome": _OUTCOMES},
        ),
    },
    "risk_limits_wait": {
        None: Words(
            N_("Other limits of the risk desk wait for a second person"),
            N_("Their page says what they would raise on what really happened."),
            N_("Read them beside those of now, then publish them or send them back."),
        )
    },
    "risk_limits_refused": {
        None: Words(
            N_("Your limits of the risk desk were sent back"),
            N_("The reason stands on their page."),
            N_("Mend them and propose them again."),
        )
    },
    "risk_limits_published": {
        None: Words(
            N_("Other limits of the risk desk hold from now on"),
            N_("The next look of the day goes by them. Flags that are open stay open."),
        )
    },
    "risk_flags_wait": {
        None: Words(
            N_("Flags at the risk desk wait for our word: %(count)s"),
            N_("The oldest has waited since %(since_at)s. After thirty days without our word a flag ends."),
            N_("Begin with those that hold a payment."),
        )
    },
}
