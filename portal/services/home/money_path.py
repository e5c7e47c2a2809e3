"""Where the money to be paid stands: asked for, approved, at the bank, paid this month; each since when."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """The waypoints in the order in which money goes; what is paid counts from the month's first day."""
    paid_since = select(PayoutStep.payout_id).where(
        PayoutStep.state == PayoutState.PAID, PayoutStep.at >= month_start(month_of(now))
    )
    there = [_waypoint(session, actor, state) for state in _WAYPOINTS]
    paid = visible(actor, Payout).where(Payout.state == PayoutState.PAID, Payout.id.in_(paid_since))
    figures = paid.with_only_columns(func.count(), func.coalesce(func.sum(Payout.amount_fen), 0))
    count, fen = session.execute(figures).one()
    return [*there, Waypoint(PayoutState.PAID, count, int(fen), None)]


def _waypoint(session: Session, actor: Actor, state: PayoutState) -> Waypoint:
    there = visible(actor, Payout).where(Payout.state == state)
    count, fen = session.execute(
        there.with_only_columns(func.count(), func.coalesce(func.sum(Payout.amount_fen), 0))
    ).one()
    came = select(func.min(PayoutStep.at)).where(
        PayoutStep.state == state, PayoutStep.payout_id.in_(there.with_only_columns(Payout.id))
    )
    return Waypoint(state, count, int(fen), session.scalar(came))
