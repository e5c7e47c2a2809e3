"""Where the money to be paid stands: asked for, approved, at the bank, paid this month; each since when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import month_of, month_start
from ...models import Payout, PayoutState, PayoutStep
from ...session import Session

_WAYPOINTS = (PayoutState.REQUESTED, PayoutState.APPROVED, PayoutState.EXPORTED)


@dataclass(frozen=True, slots=True)
class Waypoint:
    """So many payouts of so much are there; `since`: from when the oldest of them is."""

    state: PayoutState
    count: int
    fen: int
    since: datetime | None


def money_path(session: Session, actor: Actor, now: datetime) -> Sequence[Waypoint]:
    """The waypoints in the order in which money goes, in one query; what is paid counts from the month's first day."""
    paid = PayoutStep.state == PayoutState.PAID, PayoutStep.at >= month_start(month_of(now))
    paid_since = select(PayoutStep.payout_id).where(*paid)
    there = Payout.state.in_(_WAYPOINTS) | ((Payout.state == PayoutState.PAID) & Payout.id.in_(paid_since))
    came = (
        select(func.min(PayoutStep.at))
        .where(PayoutStep.payout_id == Payout.id, PayoutStep.state == Payout.state)
        .correlate(Payout)
    )
    of_each = visible(actor, Payout).where(there)
    each = of_each.with_only_columns(Payout.state, Payout.amount_fen, came.scalar_subquery().label("came")).subquery()
    sums = func.count(), func.sum(each.c.amount_fen), func.min(each.c.came)
    rows = session.execute(select(each.c.state, *sums).group_by(each.c.state))
    found = {state: Waypoint(state, count, int(fen), since) for state, count, fen, since in rows}
    before = [found.get(state, Waypoint(state, 0, 0, None)) for state in _WAYPOINTS]
    paid_now = found.get(PayoutState.PAID, Waypoint(PayoutState.PAID, 0, 0, None))
    return [*before, replace(paid_now, since=None)]
