"""Sealing windows: from an instant on their ranks stand, and each deal answers for itself alone (rules 5.5).

A close seals an agency's windows with its statement, and at its end every window that ends with the month, for every
agency there is or will be (`rating_facts.sealed_since`, ADR 9). By hand an agency's are sealed earlier, or one
without an end.

Which side of a seal a fact is on is told by instants, so within one agency they must run as its transactions do: who
records behind the seal gets no instant before it, however early his request began (`stamp`), and a seal lies behind
everything that was recorded before it (`seal_instant`). Both are asked under the agency's lock.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, or_, select

from commissions.calendar import window_bounds
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import Clock
from ...models import (
    Agency,
    CorrectedFact,
    Correction,
    Deal,
    DealMove,
    DealPart,
    Milestone,
    Period,
    WindowSeal,
)
from ...session import Session
from .. import audit, timekeeping
from . import accruals, held, rating_facts
from .rating_facts import Place

_AFTER = timedelta(microseconds=1)


def seal_window(session: Session, actor: Actor, now: datetime, *, agency_id: int, label: str) -> datetime:
    """Seal an agency's windows of a label, in all developments; since when they are sealed.

    One that is sealed already, by itself or by the close of its month, stays as it is. What is due and was not posted
    is posted first. Raises Refusal: those of `window_bounds`; `window_running` while
    deals can still be signed in the window (an `agreement` has no end and can be sealed at any time).
    """
    end = window_bounds(label).end
    if end is not None and timekeeping.trusted(session, now) < end:
        raise Refusal("window_running", until=end)
    accruals.lock_agency(session, agency_id)
    there = rating_facts.sealed_since(session, [agency_id], [label])
    if there:
        return there[agency_id, label]
    _post_outstanding(session, actor, now, agency_id, label)
    sealed_at = seal_instant(session, [agency_id], now)
    row = WindowSeal(agency_id=agency_id, label=label, sealed_at=sealed_at, sealed_by=actor.id)
    session.add(row)
    audit.record(session, actor, now, "window_sealed", row, agency=agency_id, label=label)
    return sealed_at


def seal_instant(session: Session, agency_ids: Collection[int], now: datetime) -> datetime:
    """An instant for a seal of these agencies' windows: now, or right behind what was recorded last.

    What a clock that ran ahead recorded lies in the future, and was reckoned with all the same.
    """
    return _behind(session, _whose(lambda by: by.in_(agency_ids)), now)


def _whose(
    among: Callable[[SQLColumnExpression[int | None] | SQLColumnExpression[int]], ColumnElement[bool]],
) -> ColumnElement[bool]:
    """The deals of some agencies, and those that they have, or had, a part of."""
    apart = select(DealPart.deal_id).where(among(DealPart.agency_id))
    return or_(among(Deal.agency_id), Deal.id.in_(apart))


def _behind(session: Session, of_deals: ColumnElement[bool], now: datetime) -> datetime:
    """Now, or right behind the last that was recorded of some deals."""
    recorded = (
        select(func.max(Milestone.recorded_at))
        .join(Deal, Deal.id == Milestone.deal_id)
        .where(of_deals, Milestone.recorded_at >= now)
    )
    corrected = (
        select(func.max(Correction.made_at))
        .join(CorrectedFact, CorrectedFact.correction_id == Correction.id)
        .join(Deal, Deal.id == CorrectedFact.deal_id)
        .where(of_deals, Correction.made_at >= now)
    )
    given = select(func.max(DealMove.at)).join(Deal, Deal.id == DealMove.deal_id).where(of_deals, DealMove.at >= now)
    found = (session.scalar(recorded), session.scalar(corrected), session.scalar(given))
    last = [at for at in found if at is not None]
    return max(last) + _AFTER if last else now


def stamp(session: Session, agency_id: int | None, now: datetime) -> datetime:
    """The instant to record a fact of an agency's deal with: now, but never before a seal that is there."""
    if agency_id is None:
        return now
    own = select(func.max(WindowSeal.sealed_at)).where(WindowSeal.agency_id == agency_id)
    return max([now, *_latest(session, own)])


def stamp_deal(session: Session, deal: Deal, now: datetime) -> datetime:
    """The instant to record a fact of a deal with, which no seal of an agency that has a part of it lies behind."""
    return max((stamp(session, agency_id, now) for agency_id in held.holders(session, deal)), default=now)


def stamp_decision(session: Session, deal: Deal, agencies: Collection[int], now: datetime) -> datetime:
    """The instant of a decision whose a signed deal is: behind all that was known of it, and behind the seals of who
    has it and of who gets it."""
    at = max((stamp(session, agency_id, now) for agency_id in agencies), default=now)
    known = select(func.max(Milestone.recorded_at)).where(Milestone.deal_id == deal.id)
    given = select(func.max(DealMove.at)).where(DealMove.deal_id == deal.id)
    return max([at, *(last + _AFTER for last in (session.scalar(known), session.scalar(given)) if last is not None)])


def closing_instant(session: Session, clock: Clock, month: str) -> datetime:
    """The instant for the close of a month, which seals for everybody: behind all that was recorded before it.

    Whoever records a fact of an agency's deal holds that agency's lock, and `stamp` gives him no instant later than
    his now or than the last seal. So all of the locks are taken, and then the time is asked: whoever comes later sees
    the month closed. Clocks differ, so it lies behind what was recorded of agencies that no row of the month seals.
    """
    session.execute(select(Agency.id).order_by(Agency.id).with_for_update(key_share=True)).all()
    now = max([clock(), *_latest(session, select(func.max(WindowSeal.sealed_at)))]) + _AFTER
    sealed = select(WindowSeal.agency_id).where(WindowSeal.label == month)
    return _behind(session, _whose(lambda by: by.not_in(sealed)), now)


def _latest(session: Session, own: Select[datetime | None]) -> list[datetime]:
    """The latest of some seals, and of the closes, where there are any."""
    closed = select(func.max(Period.closed_at)).scalar_subquery()
    found = session.execute(select(own.scalar_subquery(), closed)).one()
    return [at for at in found if at is not None]


def _post_outstanding(session: Session, actor: Actor, now: datetime, agency_id: int, label: str) -> None:
    """Events have posted all of it, unless deals were loaded past the portal."""
    developments = session.scalars(select(Deal.development_id).where(_whose(lambda by: by == agency_id)).distinct())
    start = window_bounds(label).start or now
    places = [Place(development_id, start) for development_id in developments]
    if not places:
        return
    book = rating_facts.open_book(session, agency_id, places)
    event = accruals.Event("seal", f"{agency_id}-{label}", session.get_one(Agency, agency_id))
    accruals.post(session, actor, now, event, agency_id, book, book.delta())
