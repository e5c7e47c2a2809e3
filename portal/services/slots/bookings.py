"""Booking a visit: a broker keeps a place for his client, moves it, calls it off.

A booking lives as long as nobody ended it and its registration holds; one whose registration ended gives its place back
to who wants it. The database decides who had a place first.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select, update

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import BookingEnd, Development, Registration, SlotBooking, SlotClosure, Touch
from ...models.slots.slots import STANDING
from ...rules.partners.policy import Policy
from ...rules.slots import slot as rule
from ...rules.slots.slot import Hours, Slot, Wish
from ...session import Session
from .. import audit, timekeeping
from ..accounts import freezes
from ..claims import rule_profiles
from ..clients import lock_client
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there


@dataclass(frozen=True, slots=True)
class Offer:
    """A time that may be booked, and how many parties still find a place."""

    slot: Slot
    left: int


@dataclass(frozen=True, slots=True)
class Open:
    """The hours of a development with its closed days, as they hold now."""

    hours: Hours
    closed: frozenset[date]


def keep_open(session: Session, development_id: int) -> None:
    """No day of the development is closed before what is booked here stands; bookings wait for no other booking."""
    session.execute(select(Development.id).where(Development.id == development_id).with_for_update(read=True))


def closures(session: Session, development_id: int, since: date) -> Sequence[SlotClosure]:
    """The closed days from this one on."""
    stmt = select(SlotClosure).where(SlotClosure.development_id == development_id, SlotClosure.day >= since)
    return session.scalars(stmt.where(SlotClosure.opened_at.is_(None)).order_by(SlotClosure.day)).all()


def closed_days(session: Session, development_id: int, since: date) -> frozenset[date]:
    """The same as days."""
    return frozenset(row.day for row in closures(session, development_id, since))


def living() -> Select[SlotBooking]:
    """The bookings that stand."""
    return (
        select(SlotBooking)
        .join(SlotBooking.registration)
        .join(Touch, Touch.id == Registration.touch_id)
        .where(SlotBooking.ended_at.is_(None), Touch.retired_at.is_(None))
    )


def of_registration(session: Session, registration: Registration) -> SlotBooking | None:
    """The booking of a registration that stands."""
    return session.scalar(living().where(SlotBooking.registration_id == registration.id))


def offers(session: Session, now: datetime, registration: Registration, opened: Open, day: date) -> list[Offer]:
    """The times of a day that this client may be booked for, the full ones too."""
    return _offers(session, now, registration.development_id, opened, day, _wish(registration))


def offers_to_new(session: Session, now: datetime, development: Development, opened: Open, day: date) -> list[Offer]:
    """The same for a client who is registered now."""
    until = rule_profiles.in_force(session, development, now).registered_until(now)
    return _offers(session, now, development.id, opened, day, Wish(now + _lead(development), until))


def _offers(session: Session, now: datetime, development_id: int, opened: Open, day: date, wish: Wish) -> list[Offer]:
    if day not in rule.days_offered(opened.hours, opened.closed, now):
        return []
    taken = _taken(session, development_id, day)
    return [
        Offer(slot, max(0, opened.hours.places - sum(1 for one in taken if _overlap(one, slot))))
        for slot in rule.slots_of(opened.hours, day)
        if slot.begins > now and rule.refuse_wish(slot, wish) is None
    ]


@dataclass(frozen=True, slots=True)
class Wanted:
    """When the broker wants to come, and with how many people."""

    begins: datetime
    visitors: int


def book(
    session: Session, actor: Actor, now: datetime, registration: Registration, opened: Open | None, wanted: Wanted
) -> SlotBooking:
    """Keep a place for the client; an earlier booking of the same client is moved here. The same again is the same one.

    Raises Refusal: slots_off, account_frozen, slot_visitors_wrong, client_handed_over, registration_expired, slot_full,
    and those of `slot.choose` and `slot.refuse_wish`.
    """
    keep_open(session, registration.development_id)
    lock(session, registration)
    return book_locked(session, actor, now, registration, opened, wanted)


def book_locked(
    session: Session, actor: Actor, now: datetime, registration: Registration, opened: Open | None, wanted: Wanted
) -> SlotBooking:
    """The same, for who has called `keep_open` and holds the registration's lock, or made it in this transaction."""
    if opened is None:
        raise Refusal("slots_off")
    if until := freezes.frozen_until(session, registration.carer.id, now):
        raise Refusal("account_frozen", try_again_at=until)
    if not 1 <= wanted.visitors <= rule.MOST_VISITORS:
        raise Refusal("slot_visitors_wrong", field="visitors", most=rule.MOST_VISITORS)
    _check_own(session, actor, now, registration)
    closed = opened.closed | closed_days(session, registration.development_id, local_day(now))
    chosen = rule.choose(opened.hours, closed, now, wanted.begins)
    if refusal := rule.refuse_wish(chosen, _wish(registration)):
        raise refusal
    former = session.scalar(
        select(SlotBooking)
        .where(SlotBooking.registration_id == registration.id, SlotBooking.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if former is not None and former.begins_at == chosen.begins:
        former.visitors = wanted.visitors
        return former
    if former is not None:
        _end_former(session, actor, now, former)
    row = _take_place(session, actor, now, registration, chosen, opened.hours.places, wanted.visitors)
    deed = "slot_booked" if former is None or former.end_reason is not BookingEnd.MOVED else "slot_moved"
    audit.record(session, actor, now, deed, row, registration=registration.id, begins=chosen.begins.isoformat())
    return row


def cancel(session: Session, actor: Actor, now: datetime, registration: Registration) -> SlotBooking:
    """Call the booking off; the place is free again.

    Raises Refusal: client_handed_over, slot_not_booked, slot_arrived.
    """
    lock(session, registration)
    if registration.carer.id != actor.id:
        raise Refusal("client_handed_over")
    row = of_registration(session, registration)
    if row is None:
        raise Refusal("slot_not_booked")
    call_off(session, actor, now, row, BookingEnd.CANCELLED)
    return row


def call_off(session: Session, actor: Actor, now: datetime, row: SlotBooking, why: BookingEnd) -> None:
    """End a booking, once. If we do it, who cares for the client is told. Raises Refusal: slot_arrived."""
    if row.arrived_at is not None:
        raise Refusal("slot_arrived")
    if not _end(session, actor, now, row, why):
        return
    audit.record(session, actor, now, "slot_cancelled", row, registration=row.registration_id, why=str(why))
    if why is BookingEnd.BY_US:
        registration = row.registration
        whom = Concerned(registration.carer.id, registration.agency_id, registration.development_id)
        tell(session, actor, now, "slot_cancelled", row, whom, registration=registration.id, visit_at=row.begins_at)


def call_off_with(session: Session, actor: Actor, now: datetime, registration: Registration) -> None:
    """A registration is about to end by its broker's deed: call off its visit to come, so that the place is free and a
    pass that waits to be sent is not. Who was at the gate was there."""
    row = of_registration(session, registration)
    if row is not None and row.arrived_at is None and row.ends_at > now:
        call_off(session, actor, now, row, BookingEnd.CANCELLED)


def minutes_off(session: Session, touch: Touch, now: datetime) -> int | None:
    """By how many minutes a check-in of this client misses the time that is booked for it; None where none is."""
    row = session.scalar(living().where(Registration.touch_id == touch.id))
    return rule.minutes_off(Slot(row.begins_at, row.ends_at), now) if row is not None else None


def _check_own(session: Session, actor: Actor, now: datetime, registration: Registration) -> None:
    session.expire(registration, ["successor"])
    if registration.carer.id != actor.id:
        raise Refusal("client_handed_over")
    touch = registration.touch
    if touch is None or touch.retired_at is not None or touch.over_at(timekeeping.trusted(session, now)):
        raise Refusal("registration_expired")


def lock(session: Session, registration: Registration) -> None:
    """What is booked of one client goes one after another; where nobody knows the client yet, of one registration."""
    if registration.client_id is not None:
        lock_client(session, registration.client_id)
    else:
        session.execute(select(Touch.id).where(Touch.id == registration.touch_id).with_for_update(of=Touch))


def _wish(registration: Registration) -> Wish:
    touch = registration.touch
    until = touch.protected_until if touch is not None else registration.at
    return Wish(registration.at + _lead(registration.development), until)


def _lead(development: Development) -> timedelta:
    return timedelta(minutes=Policy.of(development.policy).lead_minutes)


def _end_former(session: Session, actor: Actor, now: datetime, former: SlotBooking) -> None:
    """A visit to come is moved; one whose time is over, or whose client was there, made room for the next."""
    past = former.arrived_at is not None or former.ends_at <= now
    _end(session, actor, now, former, BookingEnd.OVER if past else BookingEnd.MOVED)


def _end(session: Session, actor: Actor, now: datetime, row: SlotBooking, why: BookingEnd) -> bool:
    """Whether it was us who ended it."""
    stmt = update(SlotBooking).where(SlotBooking.id == row.id, SlotBooking.ended_at.is_(None)).returning(SlotBooking.id)
    ended = session.scalar(stmt.values(ended_at=now, ended_by=actor.id, end_reason=why)) is not None
    session.refresh(row)
    return ended


def _taken(session: Session, development_id: int, day: date) -> list[SlotBooking]:
    begins = day_start(day)
    stmt = living().where(SlotBooking.development_id == development_id, SlotBooking.begins_at >= begins)
    return list(session.scalars(stmt.where(SlotBooking.begins_at < begins + timedelta(days=1))))


def _overlap(row: SlotBooking, slot: Slot) -> bool:
    return row.begins_at < slot.ends and slot.begins < row.ends_at


def _take_place(
    session: Session, actor: Actor, now: datetime, registration: Registration, chosen: Slot, places: int, visitors: int
) -> SlotBooking:
    """The lowest place that is free; who takes it at the same instant leaves us the next one."""
    _give_back(session, now, registration.development_id, chosen)
    taken = {
        row.place
        for row in _taken(session, registration.development_id, local_day(chosen.begins))
        if _overlap(row, chosen)
    }
    while (place := rule.free_place(taken, places)) is not None:
        made = insert_unless_there(
            session,
            SlotBooking,
            ("development_id", "begins_at", "place"),
            STANDING,
            development_id=registration.development_id,
            registration_id=registration.id,
            begins_at=chosen.begins,
            ends_at=chosen.ends,
            place=place,
            visitors=visitors,
            pass_key=secrets.token_urlsafe(16),
            booked_by=actor.id,
            booked_at=now,
        )
        if made is not None:
            return session.get_one(SlotBooking, made)
        taken.add(place)
    raise Refusal("slot_full")


def _give_back(session: Session, now: datetime, development_id: int, chosen: Slot) -> None:
    """The places of this time whose registrations hold their clients no longer."""
    over = (
        select(Registration.id)
        .join(Touch, Touch.id == Registration.touch_id)
        .where(Registration.id == SlotBooking.registration_id, Touch.retired_at.is_not(None))
    )
    session.execute(
        update(SlotBooking)
        .where(SlotBooking.development_id == development_id, SlotBooking.begins_at == chosen.begins)
        .where(SlotBooking.ended_at.is_(None), over.exists())
        .values(ended_at=now, end_reason=BookingEnd.OVER)
        .execution_options(synchronize_session=False)
    )
