"""Booked visits as reception and managers read them: a day with its times, and who is expected now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import day_start, local_day
from ...models import Registration, Showing, SlotBooking, Verdict
from ...rules.slots import slot as rule
from ...rules.slots.slot import BookingState, Hours, Slot
from ...session import Session
from .. import contacts
from .bookings import living


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking with whom it is of and how it stands."""

    booking: SlotBooking
    client_name: str
    client_phone: str
    state: BookingState

    @property
    def registration(self) -> Registration:
        return self.booking.registration


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of a day with who is booked for it; `places` is None for one that is offered no more."""

    slot: Slot
    places: int | None
    booked: list[Booked]


def of_day(
    session: Session, actor: Actor, now: datetime, development_id: int, day: date, hours: Hours | None
) -> list[Hour]:
    """The times of a day, offered or booked, in their order."""
    rows = booked(session, now, _of_day(actor, day, development_id))
    times = dict.fromkeys(rule.slots_of(hours, day), hours.places) if hours is not None else {}
    found = {slot: Hour(slot, places, []) for slot, places in times.items()}
    for row in rows:
        slot = Slot(row.booking.begins_at, row.booking.ends_at)
        found.setdefault(slot, Hour(slot, None, [])).booked.append(row)
    return sorted(found.values(), key=lambda hour: (hour.slot.begins, hour.slot.ends))


def expected(session: Session, actor: Actor, now: datetime, development_id: int | None) -> list[Booked]:
    """Who is booked for now or the next hour and has not been shown round yet, in the order of their times."""
    stmt = _of_day(actor, local_day(now), development_id).where(SlotBooking.begins_at <= now + rule.EXPECTED)
    coming = (BookingState.BOOKED, BookingState.ARRIVED)
    return [row for row in booked(session, now, stmt) if row.state in coming]


def booked(session: Session, now: datetime, stmt: Select[SlotBooking]) -> list[Booked]:
    """These bookings with names and states."""
    rows = session.scalars(
        stmt.options(
            joinedload(SlotBooking.registration).joinedload(Registration.client),
            joinedload(SlotBooking.registration).joinedload(Registration.broker),
            joinedload(SlotBooking.registration).joinedload(Registration.successor),
            joinedload(SlotBooking.registration).joinedload(Registration.mask),
            joinedload(SlotBooking.registration).joinedload(Registration.agency),
            joinedload(SlotBooking.development),
        ).order_by(SlotBooking.begins_at, SlotBooking.place, SlotBooking.id)
    ).all()
    visited = _visited(session, rows)
    return [
        Booked(
            row,
            contacts.open_name(session, row.registration.name_sealed),
            contacts.masked_phone(session, row.registration),
            rule.state_of(
                Slot(row.begins_at, row.ends_at), now, arrived=row.arrived_at is not None, visited=row.id in visited
            ),
        )
        for row in rows
    ]


def shown(session: Session, now: datetime, booking: SlotBooking) -> Booked:
    """One of them; one that stands no longer says so."""
    if booking.ended_at is not None or booking.registration.touch is None or booking.registration.touch.retired_at:
        name = contacts.open_name(session, booking.registration.name_sealed)
        phone = contacts.masked_phone(session, booking.registration)
        return Booked(booking, name, phone, BookingState.ENDED)
    return booked(session, now, living().where(SlotBooking.id == booking.id))[0]


def of_bookings(session: Session, now: datetime, rows: Sequence[SlotBooking]) -> list[Booked]:
    """These, with whom they are of."""
    return booked(session, now, select(SlotBooking).where(SlotBooking.id.in_([row.id for row in rows])))


def _of_day(actor: Actor, day: date, development_id: int | None) -> Select[SlotBooking]:
    begins = day_start(day)
    stmt = living().where(SlotBooking.begins_at >= begins, SlotBooking.begins_at < begins + timedelta(days=1))
    stmt = stmt.where(SlotBooking.id.in_(visible(actor, SlotBooking).with_only_columns(SlotBooking.id)))
    return stmt if development_id is None else stmt.where(SlotBooking.development_id == development_id)


def _visited(session: Session, rows: Sequence[SlotBooking]) -> set[int]:
    """Those of these bookings on whose day the client checked in, and was not turned away."""
    if not rows:
        return set()
    checked_in = select(Showing.touch_id, Showing.at).where(
        Showing.touch_id.in_([row.registration.touch_id for row in rows]),
        Showing.verdict != Verdict.REJECTED,
        Showing.at >= day_start(local_day(min(row.begins_at for row in rows))),
    )
    days = {(row.touch_id, local_day(row.at)) for row in session.execute(checked_in)}
    return {row.id for row in rows if (row.registration.touch_id, local_day(row.begins_at)) in days}
