"""Months as finance sees them: what is missing before a close, beginning it, and what became of the months before.

The work itself is `closing`'s; here is what a person looks at and decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import joinedload

from commissions.calendar import add_months, labels_ending_with, window_bounds
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import month_end, month_of, month_start
from ...models import (
    Adjustment,
    AdjustmentState,
    Appeal,
    Benefit,
    CaptureRequest,
    Deal,
    DealImport,
    Dispute,
    DisputeState,
    ImportState,
    Invoice,
    InvoiceState,
    Payout,
    PayoutState,
    Period,
    PeriodState,
    PostedLine,
    Showing,
    ShowingReview,
    Statement,
    StatementLine,
    Verdict,
)
from ...rules.periods.close import CloseFacts, Missing, close_blockers, holding_back
from ...session import Session
from .. import audit, timekeeping
from ..commission import benefits
from ..inserts import insert_unless_there
from ..penalties import appeals
from .closing import due_payees

AT_ONCE = 2_000
"""So many payees are closed while finance waits; more are left to the worker."""

FIGURES = tuple(
    column.name
    for column in Period.__table__.c
    if column.name not in {"id", "month", "state", "started_by", "started_at", "closed_at", "trouble"}
)
"""The columns that count: all zero when a close begins."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A month's money in fen: what was posted in it, what of all that is open by its end goes to statements of how
    many payees, and what the latest statements carry on into those."""

    accrued_fen: int
    open_fen: int
    open_lines: int
    payees: int
    carried_fen: int


# Looking


def find(session: Session, month: str) -> Period | None:
    """The month's row; None while nobody has begun to close it."""
    return session.scalar(select(Period).where(Period.month == month).options(joinedload(Period.starter)))


def history(session: Session) -> Sequence[Period]:
    """The months that were closed or are being closed, newest first."""
    begun = select(Period).where(Period.state != PeriodState.OPEN).options(joinedload(Period.starter))
    return session.scalars(begun.order_by(Period.month.desc())).all()


def months(now: datetime, shown: int = 6) -> list[str]:
    """The latest months, the running one first, to choose from."""
    start = month_start(month_of(now))
    return [month_of(add_months(start, -back)) for back in range(shown)]


def missing(session: Session, now: datetime, month: str) -> tuple[Missing, ...]:
    """Everything that the board of a month shows (`rules.close`)."""
    return close_blockers(_facts(session, now, month))


def summary(session: Session, month: str) -> Summary:
    """The month's money, from its lines."""
    line, start = PostedLine, month_start(month)
    posted = select(func.coalesce(func.sum(line.amount_fen), 0)).where(
        line.posted_at >= start, line.posted_at < month_end(month)
    )
    open_ = (
        select(func.coalesce(func.sum(line.amount_fen), 0), func.count(line.id), func.count(line.payee.distinct()))
        .outerjoin(StatementLine, StatementLine.line_id == line.id)
        .where(line.posted_at < month_end(month), StatementLine.line_id.is_(None))
    )
    open_fen, lines, payees = session.execute(open_).one()
    newest = select(func.max(Statement.id)).group_by(Statement.payee)
    carried = select(func.coalesce(func.sum(Statement.carried_fen), 0)).where(Statement.id.in_(newest))
    sums = [int(session.scalar(stmt) or 0) for stmt in (posted, carried)]
    return Summary(sums[0], int(open_fen), lines, payees, sums[1])


def next_to_close(session: Session, now: datetime) -> str:
    """The month that the board shows unasked: the one before this, or this one when that is closed."""
    this = month_start(month_of(now))
    last = month_of(add_months(this, -1))
    state = session.scalar(select(Period.state).where(Period.month == last))
    return month_of(now) if state is PeriodState.CLOSED else last


# Beginning


def start_close(session: Session, actor: Actor, now: datetime, *, month: str) -> Period:
    """Begin to close a month; `worker.run` does the rest. Of two who press together one begins it.

    Raises Refusal `month_not_over`, `close_blocked` (with how many kinds of things hold it back), `close_under_way`
    and `period_closed`.
    """
    if month_end(month) > timekeeping.trusted(session, now):
        raise Refusal("month_not_over", until=month_end(month))
    begin: dict[str, Any] = {"month": month, "state": PeriodState.OPEN} | dict.fromkeys(FIGURES, 0)
    insert_unless_there(session, Period, ("month",), **begin)
    begun = session.scalar(
        update(Period)
        .where(Period.month == month, Period.state == PeriodState.OPEN)
        .values(state=PeriodState.CLOSING, started_by=actor.id, started_at=now)
        .returning(Period.id)
        .execution_options(synchronize_session=False)
    )
    if begun is None:
        state = session.scalar(select(Period.state).where(Period.month == month))
        raise Refusal("period_closed" if state is PeriodState.CLOSED else "close_under_way", month=month)
    if held := holding_back(missing(session, now, month)):
        raise Refusal("close_blocked", count=len(held))
    period = session.get_one(Period, begun, populate_existing=True)
    period.whole = due_payees(session, month)
    audit.record(session, actor, now, "period_close_started", period, month=month, payees=period.whole)
    return period


# What is missing


def _facts(session: Session, now: datetime, month: str) -> CloseFacts:
    start, end = month_start(month), month_end(month)
    of_deals = _unreviewed().where(Showing.touch_id.in_(_sealed_touches(month)))
    unreviewed = _unreviewed().where(Showing.at >= start, Showing.at < end)
    signed = (Deal.signed_at >= start, Deal.signed_at < end, Deal.cancelled_at.is_(None))
    return CloseFacts(
        month_runs=int(end > timekeeping.trusted(session, now)),
        imports_applying=_count(session, DealImport.state == ImportState.APPLYING),
        imports_waiting=_count(session, DealImport.state.in_([ImportState.CHECKING, ImportState.READY])),
        deals_without_plan=_count(session, *signed, Deal.agency_id.is_not(None), Deal.plan_version_id.is_(None)),
        showings_of_deals=_size(session, of_deals),
        showings_unreviewed=_size(session, unreviewed.where(Showing.touch_id.not_in(_sealed_touches(month)))),
        deals_without_attribution=_count(session, *signed, Deal.agency_id.is_(None), Deal.touch_id.is_(None)),
        appeals_open=_size(session, select(Appeal.id).where(appeals.is_open())),
        disputes_open=_count(session, Dispute.state == DisputeState.OPEN),
        adjustments_proposed=_count(session, Adjustment.state == AdjustmentState.PROPOSED),
        benefits_to_book=_count(session, Benefit.revoked_at.is_(None), Benefit.booked_at.is_(None)),
        benefits_to_decide=benefits.waiting(session),
        invoices_missing=_size(session, _without_invoice()),
        payouts_without_result=_count(session, Payout.state == PayoutState.EXPORTED),
        earlier_months_open=_earlier_open(session, month),
    )


def _unreviewed() -> Select[int]:
    """Showings that wait for a person."""
    return (
        select(Showing.id)
        .outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
        .outerjoin(CaptureRequest, CaptureRequest.showing_id == Showing.id)
        .where(
            Showing.verdict == Verdict.NEEDS_REVIEW, ShowingReview.id.is_(None), CaptureRequest.answered_by.is_(None)
        )
        .where(~Showing.superseded)
    )


def _sealed_touches(month: str) -> Select[int | None]:
    """The touches whose deals stand in the windows that the close of a month would seal."""
    start, end = window_bounds(labels_ending_with(month)[-1])
    return select(Deal.touch_id).where(
        Deal.signed_at >= start, Deal.signed_at < end, Deal.cancelled_at.is_(None), Deal.touch_id.is_not(None)
    )


def _without_invoice() -> Select[int]:
    """Agencies' payouts on their way to approval without a checked invoice of just their sum."""
    equal = (Invoice.statement_id == Payout.statement_id) & (Invoice.amount_fen == Payout.amount_fen)
    fits = equal & Invoice.checked_at.is_not(None)
    waiting = Payout.state.in_([PayoutState.REQUESTED, PayoutState.APPROVED])
    return (
        select(Payout.id)
        .outerjoin(Invoice, fits & (Invoice.state == InvoiceState.CURRENT))
        .where(waiting, Payout.agency_id.is_not(None), Invoice.id.is_(None))
    )


def _earlier_open(session: Session, month: str) -> int:
    """Whether lines of the months before are still in no statement."""
    line = PostedLine
    left = (
        select(line.id)
        .outerjoin(StatementLine, StatementLine.line_id == line.id)
        .where(line.posted_at < month_start(month), StatementLine.line_id.is_(None))
    )
    return int(bool(session.scalar(select(left.exists()))))


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0


def _size(session: Session, found: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0
