"""Words about deals, their commission and what it brings."""

from collections.abc import Mapping

from ....models import MilestoneKind
from ....rules.notifications.kind import Whom
from ..marks import N_
from ..wording import Told, Words

_STEPS: Mapping[str, str] = {
    MilestoneKind.SUBSCRIBED: N_("subscribed"),
    MilestoneKind.SIGNED: N_("contract signed"),
    MilestoneKind.LOAN_RELEASED: N_("loan released"),
    MilestoneKind.HANDED_OVER: N_("handed over"),
    MilestoneKind.CANCELLED: N_("cancelled"),
}

WORDS: Mapping[str, Told] = {
    "deal_moved_on": {
        None: Words(
            N_("%(development)s %(unit)s: %(milestone)s"),
            N_("On %(reached_at)s. What that means for the commission stands under Earnings."),
            terms={"milestone": _STEPS},
        )
    },
    "deal_corrected": {
        None: Words(
            N_("A deal was corrected: %(development)s %(unit)s"),
            N_("Price, date or plan were not right; what follows for the commission is posted."),
            N_("Open it to see what was changed, and why."),
        )
    },
    "correction_waits": {
        None: Words(
            N_("A correction that moves %(moved_fen)s waits for a second person"),
            N_("It takes another one than who proposed it."),
            N_("Look at what it moves, then confirm it or send it back."),
        )
    },
    "correction_decided": {
        None: Words(
            N_("Your correction was decided: %(outcome)s"),
            N_("Who decided, and why, stands on its page."),
            terms={"outcome": {"confirmed": N_("confirmed"), "refused": N_("sent back")}},
        )
    },
    "import_finished": {
        None: Words(
            N_("Your file of deals is loaded: %(rows)s rows"),
            N_("Each row says what became of it."),
            N_("Correct what was refused, and load those rows again."),
        )
    },
    "import_given_up": {
        None: Words(
            N_("Your file of deals stood still and was ended: %(rows)s rows were not loaded"),
            N_("What was done stays done."),
            N_("Load the rest again."),
        )
    },
    "benefit_granted": {
        None: Words(
            N_("Your agency has come to a benefit of its rank"),
            N_("So many deals were signed in this window."),
            N_("Finance books it with you; who goes, and when, is for you to say."),
        ),
        Whom.FINANCE: Words(
            N_("%(agency)s has come to a benefit of its rank"),
            N_("So many deals were signed in this window."),
            N_("Agree on it with the agency, and write the booking down."),
        ),
    },
    "benefit_revoked": {
        None: Words(
            N_("Your agency has lost a benefit again"),
            N_("A deal was cancelled or moved, and the rank with it. It had not been booked."),
        )
    },
    "benefit_regained": {
        None: Words(
            N_("A benefit of your agency stands again"),
            N_("The rank was reached once more."),
        ),
        Whom.FINANCE: Words(
            N_("A benefit of %(agency)s stands again"),
            N_("The rank was reached once more."),
        ),
    },
    "benefit_escalated": {
        None: Words(
            N_("The rank behind a booked benefit is lost"),
            N_("A deal was cancelled or moved. Finance decides whether the benefit stands."),
        ),
        Whom.FINANCE: Words(
            N_("%(agency)s has lost the rank behind a booked benefit"),
            N_("No rule takes a booked benefit back."),
            N_("Decide whether it stands, or is charged back."),
        ),
    },
    "benefit_booked": {
        None: Words(N_("A benefit of your agency is booked"), N_("Where, when and for whom stands on its page.")),
    },
    "benefit_stands": {
        None: Words(N_("Your booked benefit stands"), N_("Finance decided so; the reason stands on its page.")),
    },
    "benefit_charged_back": {
        None: Words(
            N_("Your booked benefit is charged back"),
            N_("Finance decided so; the reason stands on its page, the sum in your next statement."),
        )
    },
}
