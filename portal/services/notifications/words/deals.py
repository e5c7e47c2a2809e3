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
    "commission_posted": {
        None: Words(
            N_("%(amount_fen)s of commission was posted"),
            N_("Deals: %(deals)s. Each line says how it was reckoned."),
        )
    },
    "commission_taken_back": {
        None: Words(
            N_("%(amount_fen)s of commission was taken back"),
            N_("Deals that were cancelled or have changed: %(deals)s. Each line says why."),
            N_("Not right? Dispute the line once it stands in your statement."),
        )
    },
    "own_commission_posted": {
        None: Words(
            N_("%(amount_fen)s of commission was posted for your deals"),
            N_("Deals: %(deals)s. It goes to your agency; each line says how it was reckoned."),
        )
    },
    "own_commission_taken_back": {
        None: Words(
            N_("%(amount_fen)s of commission for your deals was taken back"),
            N_("Deals that were cancelled or have changed: %(deals)s. Each line says why."),
            N_("Not right? Tell your principal, who can dispute the line."),
        )
    },
    "tier_reached": {
        None: Words(
            N_("Deal %(rank)s of this window reaches a higher tier of your agency's plan"),
            N_("It was signed in %(development)s; the deal's page says what the tier pays."),
        )
    },
    "deals_imported": {
        None: Words(
            N_("An import brought deals of yours: %(deals)s"),
            N_("%(amount_fen)s of commission was posted for them in all."),
            N_("Look whether they are right."),
        )
    },
    "own_deals_imported": {
        None: Words(
            N_("An import brought deals of your own: %(deals)s"),
            N_("%(amount_fen)s of commission was posted for them in all; it goes to your agency."),
            N_("Look whether they are right."),
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
