"""What a development's group reads of each kind that it hears of: in two lines, and without anybody's name.

Who is in a group of 企业微信 the portal does not know. So these words may hold the development, the agency and the
facts of the event, and no person; a test holds them against that.
"""

from collections.abc import Mapping

from ...models import MilestoneKind
from ..notifications.marks import N_
from ..notifications.wording import Words
from ..notifications.words.conflicts import WORDS as CONFLICTS

HEADING = N_("%(development)s · news: %(count)s")
GO = N_("See it")
MORE = N_("and %(count)s more in the portal")
AGAIN = N_("WeCom did not answer the first time: this may stand here twice")
TRIED = N_("This robot is set up")
TRIED_DO = N_("News about arrivals, reviews and deals will appear in this group.")

_STEPS: Mapping[str, str] = {
    MilestoneKind.SUBSCRIBED: N_("subscribed"),
    MilestoneKind.SIGNED: N_("contract signed"),
    MilestoneKind.CANCELLED: N_("cancelled"),
}

WORDS: Mapping[str, Words] = {
    "client_arrived": Words(
        N_("A broker of %(agency)s is at reception with a client"), "", N_("Receive them, and mark it on the board.")
    ),
    "showing_waits": Words(
        N_("A showing of %(agency)s waits for a review"), "", N_("Look at its reasons, and decide.")
    ),
    "conflict_opened": Words(
        N_("Whose client somebody is has to be decided: %(cause)s"),
        "",
        N_("Decide it by %(due_at)s."),
        terms=CONFLICTS["conflict_opened"][None].terms,
    ),
    "appeal_waits": Words(
        N_("An appeal against a strike waits"), "", N_("Somebody else than who confirmed the strike decides it.")
    ),
    "deal_moved_on": Words(N_("%(unit)s: %(milestone)s, by %(agency)s"), "", terms={"milestone": _STEPS}),
    "poster_line_waits": Words(N_("A referrer's own line for the poster waits"), "", N_("Read it, and say yes or no.")),
    "agreement_ends": Words(
        N_("The agreement with %(agency)s ends after %(last_on)s"), "", N_("Make a new one in time, or let it end.")
    ),
}
