"""The hours in which a development receives visits, and the days on which it does not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import BookingEnd, Development, SlotBooking, SlotClosure, SlotHours
from ...models.slots.slots import CLOSED
from ...rules.judgements.profile import Slots
from ...rules.slots import slot as rule
from ...rules.slots.hours_text import write_hours
from ...rules.slots.slot import Hours, Slot, days_offered, outside
from ...session import Session
from .. import audit
from ..claims import rule_profiles
from ..inserts import insert_unless_there
from . import bookings
from .bookings import Open


def set_hours(session: Session, actor: Actor, now: datetime, development: Development, hours: Hours) -> SlotHours:
    """From now on these hold. What is booked stays; `left_out` says what they do not offer any more.

    Raises Refusal: slot_number_wrong, slot_hours_wrong.
    """
    hours.checked()
    row = SlotHours(
        development_id=development.id,
        week=[[list(span) for span in spans] for spans in hours.week],
        minutes=hours.minutes,
        places=hours.places,
        ahead_days=hours.ahead_days,
        set_by=actor.id,
        set_at=now,
    )
    session.add(row)
    session.flush()
    said = {f"day_{number}": write_hours(spans) for number, spans in enumerate(hours.week)}
    audit.record(
        session, actor, now, "slot_hours_set", row, minutes=row.minutes, places=row.places, ahead=row.ahead_days, **said
    )
    return row


def latest(session: Session, development_id: int) -> SlotHours | None:
    """The hours as they were set last."""
    return session.scalar(
        select(SlotHours)
        .where(SlotHours.development_id == development_id)
        .options(joinedload(SlotHours.setter))
        .order_by(SlotHours.id.desc())
        .limit(1)
    )


def in_force(session: Session, development_id: int) -> Hours | None:
    """The hours that hold; None where no visits are booked."""
    row = latest(session, development_id)
    return of_row(row) if row is not None and any(row.week) else None


def receiving(session: Session) -> set[int]:
    """The developments in which visits are booked, by their ids."""
    newest = select(func.max(SlotHours.id)).group_by(SlotHours.development_id)
    rows = session.execute(select(SlotHours.development_id, SlotHours.week).where(SlotHours.id.in_(newest)))
    return {development_id for development_id, week in rows if any(week)}


def of_row(row: SlotHours) -> Hours:
    """The hours as the rule reads them."""
    week = tuple(tuple((begins, ends) for begins, ends in spans) for spans in row.week)
    return Hours(week, row.minutes, row.places, row.ahead_days)


def opened(session: Session, now: datetime, development_id: int) -> Open | None:
    """Hours and closed days together, those among them on which the development's rules let nobody book; None where no
    visits are booked."""
    hours = in_force(session, development_id)
    if hours is None:
        return None
    ahead = days_offered(hours, (), now)
    off = days_off(session, now, development_id, ahead)
    if ahead and off.issuperset(ahead):
        return None
    return Open(hours, bookings.closed_days(session, development_id, local_day(now)) | off)


def days_off(session: Session, now: datetime, development_id: int, days: Iterable[date]) -> frozenset[date]:
    """Those of the days on which the development's rules let nobody book a visit: a time is booked by the rules of its
    own day, not by those of the registration."""
    coming = rule_profiles.from_now_on(session, session.get_one(Development, development_id), now)
    return rule.days_off([(since, one.slots is Slots.BOOKABLE) for since, one in coming], days)


@dataclass(frozen=True, slots=True)
class Closed:
    """A day that was closed, and the bookings that were called off by it."""

    closure: SlotClosure
    called_off: Sequence[SlotBooking]


def close_day(
    session: Session, actor: Actor, now: datetime, development: Development, day: date, reason: str
) -> Closed:
    """Receive nobody on a day, and call off what is booked on it; who booked is told. Who books at the same time comes
    before, and is called off, or after, and finds the day closed.

    Raises Refusal: slot_day_over, slot_day_closed (a colleague was first).
    """
    if day < local_day(now):
        raise Refusal("slot_day_over", field="day")
    _close_to_bookings(session, development.id)
    made = insert_unless_there(
        session,
        SlotClosure,
        ("development_id", "day"),
        CLOSED,
        development_id=development.id,
        day=day,
        reason=reason,
        closed_by=actor.id,
        closed_at=now,
    )
    if made is None:
        raise Refusal("slot_day_closed", field="day")
    row = session.get_one(SlotClosure, made)
    audit.record(session, actor, now, "slot_day_closed", row, day=day.isoformat())
    booked = [one for one in _booked_from(session, development.id, day) if local_day(one.begins_at) == day]
    coming = [one for one in booked if one.arrived_at is None and one.ends_at > now]
    for booking in coming:
        bookings.call_off(session, actor, now, booking, BookingEnd.BY_US)
    return Closed(row, coming)


def _close_to_bookings(session: Session, development_id: int) -> None:
    """Wait for who books just now (`bookings.keep_open`), and let the next ones wait for us."""
    session.execute(select(Development.id).where(Development.id == development_id).with_for_update(key_share=True))


def open_day(session: Session, actor: Actor, now: datetime, closure: SlotClosure) -> None:
    """Receive visits on that day after all; twice is once. What was called off stays so."""
    if closure.opened_at is None:
        closure.opened_at, closure.opened_by = now, actor.id
        audit.record(session, actor, now, "slot_day_opened", closure, day=closure.day.isoformat())


def left_out(session: Session, now: datetime, development_id: int) -> list[SlotBooking]:
    """What is booked from now on at times that the hours do not offer any more."""
    rows = [row for row in _booked_from(session, development_id, local_day(now)) if row.ends_at > now]
    hours = in_force(session, development_id)
    closed = bookings.closed_days(session, development_id, local_day(now))
    closed |= days_off(session, now, development_id, {local_day(row.begins_at) for row in rows})
    odd = outside(hours, closed, _slots(rows))
    return [row for row in rows if Slot(row.begins_at, row.ends_at) in odd]


def _slots(rows: Iterable[SlotBooking]) -> list[Slot]:
    return [Slot(row.begins_at, row.ends_at) for row in rows]


def _booked_from(session: Session, development_id: int, day: date) -> Sequence[SlotBooking]:
    """What stands from the beginning of a day on."""
    stmt = bookings.living().where(SlotBooking.development_id == development_id)
    return session.scalars(stmt.where(SlotBooking.begins_at >= day_start(day)).order_by(SlotBooking.begins_at)).all()
