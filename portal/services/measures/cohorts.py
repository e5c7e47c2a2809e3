"""Agencies, and the brokers of one, compared by the clients that they registered in some weeks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Text, case, cast, func, select

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import day_start
from ...models import (
    Agency,
    Deal,
    Decision,
    Outcome,
    Person,
    PostedLine,
    Registration,
    Showing,
    ShowingReview,
)
from ...models.ledger.lines import OF_DEALS
from ...rules.measures.cohorts import Cohort, Comparison, Registered, Shown, compare, week_of
from ...rules.showings.checkin import Code
from ...session import Session
from .counting import COUNTS, STANDS

WEEKS = 12
"""So many weeks are compared, the running one among them."""

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Span:
    """From one Monday to before another."""

    since: date
    until: date

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """The same as instants, half-open."""
        return day_start(self.since), day_start(self.until)


@dataclass(frozen=True, slots=True)
class Compared:
    """An agency or a broker, by name."""

    key: int
    name: str
    cohort: Cohort


@dataclass(frozen=True, slots=True)
class Report:
    """The comparison of a span, the most signings first."""

    span: Span
    rows: list[Compared]
    compared: Comparison


def span_until(now: datetime, last: date | None = None) -> Span:
    """The weeks until a day's week, or until this one."""
    monday = week_of(day_start(last)) if last is not None else week_of(now)
    return Span(monday - (WEEKS - 1) * _WEEK, monday + _WEEK)


def report(
    session: Session, actor: Actor, span: Span, *, development_id: int | None = None, agency_id: int | None = None
) -> Report:
    """Agencies compared; of one agency, its brokers. Over the rows that the actor may see."""
    by_broker = agency_id is not None
    showings = _showings(session, actor, span, development_id, agency_id)
    compared = compare(_registrations(session, actor, span, development_id, agency_id), showings)
    of = Person if by_broker else Agency
    names = session.execute(select(of.id, of.name).where(of.id.in_(compared.of)))
    rows = [Compared(key, name, compared.of[key]) for key, name in names]
    return Report(span, sorted(rows, key=lambda one: (-one.cohort.signed, -one.cohort.visited, one.name)), compared)


def _registrations(
    session: Session, actor: Actor, span: Span, development_id: int | None, agency_id: int | None
) -> Iterator[Registered]:
    of = Registration
    counted = select(func.min(Showing.at)).outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
    shown_at = counted.where(Showing.touch_id == of.touch_id, COUNTS).correlate(of).scalar_subquery()
    posted = select(func.sum(PostedLine.amount_fen)).where(
        PostedLine.deal_id == Deal.id, PostedLine.cause.in_(OF_DEALS)
    )
    since, until = span.instants
    stmt = (
        visible(actor, of)
        .outerjoin(Deal, (Deal.touch_id == of.touch_id) & STANDS)
        .where(of.outcome != Outcome.REFUSED, of.at >= since, of.at < until, ~of.withdrawal.has())
    )
    if development_id is not None:
        stmt = stmt.where(of.development_id == development_id)
    if agency_id is not None:
        stmt = stmt.where(of.agency_id == agency_id)
    whose = of.agency_id if agency_id is None else of.broker_id
    columns = (whose, of.at, shown_at, Deal.signed_at, Deal.price_fen, posted.correlate(Deal).scalar_subquery())
    for key, at, shown, signed_at, price_fen, cost_fen in session.execute(stmt.with_only_columns(*columns)):
        yield Registered(key, at, shown, signed_at, price_fen or 0, int(cost_fen or 0))


def _showings(
    session: Session, actor: Actor, span: Span, development_id: int | None, agency_id: int | None
) -> dict[int, Shown]:
    since, until = span.instants
    stmt = visible(actor, Showing).outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
    stmt = stmt.where(Showing.at >= since, Showing.at < until)
    if development_id is not None:
        stmt = stmt.where(Showing.development_id == development_id)
    if agency_id is not None:
        stmt = stmt.where(Showing.agency_id == agency_id)
    whose = Showing.agency_id if agency_id is None else Showing.broker_id
    late = cast(Showing.reasons, Text).like(f'%"{Code.REGISTERED_TOO_LATE}"%')
    counts = (
        func.count(Showing.id),
        func.count(case((ShowingReview.decision == Decision.FAKE, 1))),
        func.count(case((late, 1))),
    )
    rows = session.execute(stmt.with_only_columns(whose, *counts).group_by(whose))
    return {key: Shown(*counted) for key, *counted in rows}
