"""Kinds about deals, their commission and what it brings."""

from .kind import Group, Importance, Kind, Page, Topic, Whom

_BOTH = (Whom.PERSON, Whom.PRINCIPALS)
_DEAL = Page("deals.show")


def _benefit(deed: str, *others: Whom) -> Kind:
    """A trip or another thing that an agency's rank brings."""
    page = Page("benefits.show")
    return Kind("benefits", (Whom.PRINCIPALS, *others), Topic.DEALS, page, Importance.MONEY, (), (deed,), outside=True)


def _commission(whom: Whom) -> Kind:
    """What was posted at once for deals: of the whole agency for its principals, of his own for a broker."""
    return Kind(
        "deals",
        (whom,),
        Topic.DEALS,
        _DEAL,
        Importance.MONEY,
        facts=("amount_fen", "deals"),
        deeds=("commission_posted",),
        outside=whom is Whom.PRINCIPALS,
        summed=True,
        while_there=True,
    )


def _imported(whom: Whom) -> Kind:
    """What an import of deals came to, said once."""
    facts, page = ("deals", "amount_fen"), Page("deals.index")
    return Kind("deal_imports", (whom,), Topic.DEALS, page, Importance.MONEY, facts, while_there=True)


KINDS = {
    "deal_moved_on": Kind(
        "deals",
        _BOTH,
        Topic.DEALS,
        _DEAL,
        facts=("unit", "milestone", "reached_at"),
        deeds=("deal_opened", "milestone_recorded"),
        outside=True,
        summed=True,
        while_there=True,
        group=Group(only=("milestone", frozenset({"subscribed", "signed", "cancelled"}))),
    ),
    "commission_posted": _commission(Whom.PRINCIPALS),
    "commission_taken_back": _commission(Whom.PRINCIPALS),
    "own_commission_posted": _commission(Whom.PERSON),
    "own_commission_taken_back": _commission(Whom.PERSON),
    "tier_reached": Kind(
        "deals",
        _BOTH,
        Topic.DEALS,
        _DEAL,
        Importance.MONEY,
        facts=("rank", "window"),
        outside=True,
        summed=True,
        while_there=True,
    ),
    "deals_imported": _imported(Whom.PRINCIPALS),
    "own_deals_imported": _imported(Whom.PERSON),
    "deal_corrected": Kind(
        "deals",
        _BOTH,
        Topic.DEALS,
        _DEAL,
        Importance.MONEY,
        facts=("unit",),
        deeds=("deal_corrected",),
        outside=True,
        while_there=True,
    ),
    "correction_waits": Kind(
        "correction_proposals",
        (Whom.APPROVER, Whom.FINANCE),
        Topic.QUEUES,
        Page("correction_proposals.show"),
        Importance.MONEY,
        facts=("moved_fen",),
        deeds=("correction_proposed",),
    ),
    "correction_decided": Kind(
        "correction_proposals",
        (Whom.PERSON,),
        Topic.DEALS,
        Page("correction_proposals.show"),
        facts=("outcome",),
        deeds=("correction_confirmed", "correction_refused"),
    ),
    "import_finished": Kind(
        "deal_imports",
        (Whom.PERSON,),
        Topic.DEALS,
        Page("imports.show"),
        facts=("rows",),
        deeds=("import_finished",),
    ),
    "import_given_up": Kind(
        "deal_imports",
        (Whom.PERSON,),
        Topic.DEALS,
        Page("imports.show"),
        Importance.DEADLINE,
        facts=("rows",),
        deeds=("import_given_up",),
    ),
    "benefit_granted": _benefit("benefit_granted", Whom.FINANCE),
    "benefit_revoked": _benefit("benefit_revoked"),
    "benefit_regained": _benefit("benefit_regained", Whom.FINANCE),
    "benefit_escalated": _benefit("benefit_escalated", Whom.FINANCE),
    "benefit_booked": _benefit("benefit_booked"),
    "benefit_stands": _benefit("benefit_decided"),
    "benefit_charged_back": _benefit("benefit_decided"),
}
