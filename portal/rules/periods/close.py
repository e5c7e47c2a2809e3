"""What is missing before a month is closed, and what of it holds the close back (结算看板).

A close seals the month's windows and freezes its statements. So what could still change who earned what has to be
settled before: that blocks. What a later statement, a hold on the payout or another month can put right warns.
"""

from dataclasses import dataclass, fields
from enum import StrEnum


class Weight(StrEnum):
    """What something that is missing does to the close."""

    BLOCKS = "blocks"
    WARNS = "warns"


class Kind(StrEnum):
    """What can be missing, in the order in which a person looks at it."""

    MONTH_RUNS = "month_runs"
    IMPORTS_APPLYING = "imports_applying"
    IMPORTS_WAITING = "imports_waiting"
    DEALS_WITHOUT_PLAN = "deals_without_plan"
    SHOWINGS_OF_DEALS = "showings_of_deals"
    SHOWINGS_UNREVIEWED = "showings_unreviewed"
    DEALS_WITHOUT_ATTRIBUTION = "deals_without_attribution"
    APPEALS_OPEN = "appeals_open"
    DISPUTES_OPEN = "disputes_open"
    ADJUSTMENTS_PROPOSED = "adjustments_proposed"
    BENEFITS_TO_BOOK = "benefits_to_book"
    BENEFITS_TO_DECIDE = "benefits_to_decide"
    INVOICES_MISSING = "invoices_missing"
    PAYOUTS_WITHOUT_RESULT = "payouts_without_result"
    EARLIER_MONTHS_OPEN = "earlier_months_open"


@dataclass(frozen=True, slots=True)
class CloseFacts:
    """How many of each there are, for one month; the names are those of `Kind`.

    `showings_of_deals` are unreviewed showings of clients whose deal was signed in the month or before it and stands
    in the month's windows; `showings_unreviewed` are all others of the month. `month_runs` is 1 until the month ends.
    """

    month_runs: int = 0
    imports_applying: int = 0
    imports_waiting: int = 0
    deals_without_plan: int = 0
    showings_of_deals: int = 0
    showings_unreviewed: int = 0
    deals_without_attribution: int = 0
    appeals_open: int = 0
    disputes_open: int = 0
    adjustments_proposed: int = 0
    benefits_to_book: int = 0
    benefits_to_decide: int = 0
    invoices_missing: int = 0
    payouts_without_result: int = 0
    earlier_months_open: int = 0


@dataclass(frozen=True, slots=True)
class Missing:
    """One kind of thing to settle: how many, and what that does to the close."""

    kind: Kind
    count: int
    weight: Weight


_BLOCKING = {Kind.MONTH_RUNS, Kind.IMPORTS_APPLYING, Kind.DEALS_WITHOUT_PLAN, Kind.SHOWINGS_OF_DEALS}
"""After the seal an imported signing would queue up behind its rank, a deal without a plan would earn nothing, and a
showing that proves fake could no longer re-rank the deals beside it."""


def close_blockers(facts: CloseFacts) -> tuple[Missing, ...]:
    """Everything that a board shows, those at zero too, in the order of `Kind`."""
    counts = {one.name: getattr(facts, one.name) for one in fields(facts)}
    return tuple(Missing(kind, counts[kind], Weight.BLOCKS if kind in _BLOCKING else Weight.WARNS) for kind in Kind)


def holding_back(missing: tuple[Missing, ...]) -> tuple[Missing, ...]:
    """What keeps the month from being closed now."""
    return tuple(one for one in missing if one.count and one.weight is Weight.BLOCKS)
