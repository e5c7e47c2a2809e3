"""The order of a deal's milestones (rules 1): subscribed → signed → loan released → handed over; or cancelled.

A deal can be cancelled at any step, once, and nothing follows a cancellation. Instants are those of the events,
not of their recording: they may lie back, but never before the step before them, and never ahead.
"""

from collections.abc import Mapping
from datetime import datetime

from commissions.plan import MILESTONES
from commissions.refusal import Refusal

CANCELLED = "cancelled"

Reached = Mapping[str, datetime]
"""The milestones behind a deal, and when they happened."""


def next_milestone(reached: Reached) -> str | None:
    """The step that comes next; None for a deal that is handed over or cancelled."""
    if CANCELLED in reached:
        return None
    return next((kind for kind in MILESTONES if kind not in reached), None)


def check_milestone(reached: Reached, kind: str, at: datetime, now: datetime) -> None:
    """Say no to a step that cannot follow those `reached`, or that cannot have happened at the instant `at`.

    Raises Refusal `deal_cancelled`, `milestone_repeated`, `milestone_order`, `milestone_ahead` (of the present)
    and `milestone_before` (`since`: the instant of the step before it).
    """
    if CANCELLED in reached:
        raise Refusal("deal_cancelled", at=reached[CANCELLED])
    if kind in reached:
        raise Refusal("milestone_repeated", at=reached[kind])
    if kind != CANCELLED and kind != next_milestone(reached):
        raise Refusal("milestone_order")
    if at > now:
        raise Refusal("milestone_ahead", field="at")
    since = max(reached.values(), default=at)
    if at < since:
        raise Refusal("milestone_before", field="at", since=since)
