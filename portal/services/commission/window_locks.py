"""Sealing windows: from an instant on their ranks stand, and each deal answers for itself alone (rules 5.5).

A close seals an agency's windows with its statement, and at its end every window that ends with the month, for every
agency there is or will be (`rating_facts.sealed_since`, ADR 9). Nobody seals by hand (ADR 65).

Which side of a seal a fact is on is told by instants, so within one agency they must run as its transactions do: who
records behind the seal gets no instant before it, however early his request began (`stamp`), and a seal lies behind
everything that was recorded before it (`seal_instant`). Both are asked under the agency's lock.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, or_, select

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
from . import held

_AFTER = timedelta(microseconds=1)


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
