"""Agencies, and the brokers of one, compared by the clients that they registered in some weeks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ScalarSelect, Select, Text, case, cast, func, select
from sqlalchemy.orm import joinedload

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
    RegistrationMask,
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
    of, shown_at = Registration, _shown_at()
    posted = select(func.sum(PostedLine.amount_fen)).where(
        PostedLine.deal_id == Deal.id, PostedLine.cause.in_(OF_DEALS)
    )
    stmt = _registered(actor, span, development_id, agency_id)
    stmt = stmt.outerjoin(Deal, (Deal.touch_id == of.touch_id) & STANDS)
    whose = of.agency_id if agency_id is None else of.broker_id
    columns = (whose, of.at, shown_at, Deal.signed_at, Deal.price_fen, posted.correlate(Deal).scalar_subquery())
    for key, at, shown, signed_at, price_fen, cost_fen in session.execute(stmt.with_only_columns(*columns)):
        yield Registered(key, at, shown, signed_at, price_fen or 0, int(cost_fen or 0))


def _registered(actor: Actor, span: Span, development_id: int | None, agency_id: int | None) -> Select[Registration]:
    """The registrations of a span that were accepted and not taken back."""
    of, (since, until) = Registration, span.instants
    stmt = visible(actor, of).where(of.outcome != Outcome.REFUSED, of.at >= since, of.at < until, ~of.withdrawal.has())
    if development_id is not None:
        stmt = stmt.where(of.development_id == development_id)
    return stmt if agency_id is None else stmt.where(of.agency_id == agency_id)


def _shown_at() -> ScalarSelect[datetime]:
    """When a registration's client was first shown round."""
    counted = select(func.min(Showing.at)).outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
    return counted.where(Showing.touch_id == Registration.touch_id, COUNTS).correlate(Registration).scalar_subquery()


class Reached(StrEnum):
    """How far the clients of a count came: registered at least, shown round, signed."""

    REGISTERED = "registered"
    CAME = "came"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose clients are counted: in which weeks, of which agency and broker, where; None: of all."""

    span: Span
    agency_id: int | None = None
    broker_id: int | None = None
    development_id: int | None = None


def rows(actor: Actor, whose: Whose, reached: Reached) -> Select[Registration]:
    """The registrations that one count of the comparison is made of."""
    of = Registration
    stmt = _registered(actor, whose.span, whose.development_id, whose.agency_id)
    if whose.broker_id is not None:
        stmt = stmt.where(of.broker_id == whose.broker_id)
    if reached is Reached.CAME:
        stmt = stmt.where(_shown_at().is_not(None))
    if reached is Reached.SIGNED:
        stmt = stmt.where(select(Deal.id).where(Deal.touch_id == of.touch_id, STANDS).exists())
    shown = (of.client, of.development, of.broker, of.successor, of.touch, of.withdrawal, of.release)
    return stmt.options(*map(joinedload, shown), joinedload(of.mask).joinedload(RegistrationMask.answer))


@dataclass(frozen=True, slots=True)
class Came:
    """What became of a registration's client: the first visit that counts, and the deal that stands."""

    shown_at: datetime | None
    deal: Deal | None


def outcomes(session: Session, registrations: Sequence[Registration]) -> Mapping[int, Came]:
    """What became of the clients of some registrations, by these."""
    ids = [row.id for row in registrations]
    stmt = select(Registration.id, _shown_at(), Deal).outerjoin(Deal, (Deal.touch_id == Registration.touch_id) & STANDS)
    found = session.execute(stmt.where(Registration.id.in_(ids)))
    return {key: Came(shown_at, deal) for key, shown_at, deal in found}


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
