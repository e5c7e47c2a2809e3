"""A visit that is booked with the registration, on both databases, and the last place raced for."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.sms.local import LocalSms
from portal.clock import local_day
from portal.db import Database
from portal.models import BookingEnd, Development, Outcome, Person, Registration, Role, SlotBooking, TextMessage
from portal.rules.slots.slot import Hours
from portal.services.masked_registrations.with_visit import Registered, register_with_visit
from portal.services.messages.texts import Texts
from portal.services.registrations import endings, undo
from portal.services.slots import bookings, hours, passes
from portal.services.slots.bookings import Wanted
from tests import factories as make
from tests.visits import ALL_DAY, open_hours, visit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHONE = "13912345678"


def broker_at(session: Session, places: int = 2) -> tuple[Person, int]:
    """A broker who may register in a development with hours, and that development's id."""
    broker, development = make.broker(session), make.development(session)
    make.agreement(session, development=development, agency=broker.agency)
    open_hours(session, development, Hours(ALL_DAY.week, minutes=60, places=places, ahead_days=14))
    return broker, development.id


def register(
    session: Session, broker: Person, now: datetime, place: int, after: timedelta | None, phone: str = PHONE
) -> Registered:
    wanted = Wanted(now + after, 2) if after is not None else None
    return register_with_visit(session, Actor.of(broker), now, wanted, development_id=place, phone=phone, name="王小明")


def test_the_place_is_kept_with_the_registration(session: Session, now: datetime) -> None:
    broker, place = broker_at(session)
    made = register(session, broker, now, place, 5 * HOUR)
    assert made.registration.outcome is Outcome.ACCEPTED
    assert made.unbooked is None
    booked = bookings.of_registration(session, made.registration)
    assert booked is made.booking
    assert booked is not None
    assert (booked.begins_at, booked.visitors, booked.booked_by) == (now + 5 * HOUR, 2, broker.id)


def test_sent_twice_it_is_one_registration_and_one_booking(session: Session, now: datetime) -> None:
    broker, place = broker_at(session)
    first, again = (register(session, broker, at, place, 5 * HOUR - (at - now)) for at in (now, now + timedelta(0, 9)))
    assert first.registration is again.registration
    assert first.booking is again.booking is not None


def test_a_masked_registration_keeps_its_place_too(session: Session, now: datetime) -> None:
    broker, place = broker_at(session)
    made = register(session, broker, now, place, 5 * HOUR, phone="139****5678")
    assert made.registration.outcome is Outcome.PROVISIONAL
    assert made.booking is not None


def test_who_is_refused_takes_no_place(session: Session, now: datetime) -> None:
    broker, place = broker_at(session)
    made = register(session, broker, now, place, None)
    rival = make.broker(session)
    make.agreement(session, development=made.registration.development, agency=rival.agency)
    refused = register(session, rival, now, place, 5 * HOUR)
    assert refused.registration.outcome is Outcome.REFUSED
    assert (refused.booking, refused.unbooked) == (None, None)
    assert session.scalars(select(SlotBooking)).all() == []


UNBOOKED = {
    "the time is full": (5 * HOUR, "slot_full"),
    "no such time": (timedelta(minutes=90), "slot_unknown"),
    "a time that has begun": (timedelta(), "slot_over"),
    "a check-in would not count yet": (HOUR, "slot_too_soon"),
    "after the protection": (9 * DAY, "slot_after_protection"),
}


@pytest.mark.parametrize("case", UNBOOKED)
def test_what_stands_against_the_visit_undoes_no_registration(session: Session, now: datetime, case: str) -> None:
    after, code = UNBOOKED[case]
    broker, place = broker_at(session, places=1)
    made = register(session, broker, now, place, None, phone="13700000001")
    made.registration.development.policy = {**(made.registration.development.policy or {}), "lead_minutes": 90}
    visit(session, made.registration, now + 5 * HOUR)
    made = register(session, broker, now, place, after)
    assert made.registration.outcome is Outcome.ACCEPTED
    assert made.booking is None
    assert made.unbooked is not None
    assert made.unbooked.code == code


def test_a_place_that_is_not_to_be_had_leaves_the_former_booking(session: Session, now: datetime) -> None:
    """Who registers his own client again for a time that is full keeps the visit that he has."""
    broker, place = broker_at(session, places=1)
    first = register(session, broker, now, place, 3 * HOUR)
    register(session, broker, now, place, 4 * HOUR, phone="13700000001")
    again = register(session, broker, now, place, 4 * HOUR)
    assert again.unbooked is not None
    assert bookings.of_registration(session, again.registration) is first.booking


def test_a_form_offers_a_new_client_the_times_that_can_be_booked(session: Session, now: datetime) -> None:
    broker, place = broker_at(session)
    register(session, broker, now, place, 3 * HOUR)
    development = session.get_one(Development, place)
    opened = hours.opened(session, now, place)
    assert opened is not None
    offers = bookings.offers_to_new(session, now, development, opened, local_day(now))
    assert {offer.slot.begins: offer.left for offer in offers}[now + 3 * HOUR] == 1
    for offer in offers:
        made = register_with_visit(
            session,
            Actor.of(broker),
            now,
            Wanted(offer.slot.begins, 1),
            development_id=place,
            phone=f"1370000{offer.slot.begins:%H%M}",
            name="李",
        )
        assert made.booking is not None, made.unbooked


def test_the_last_place_raced_for_is_one_brokers_and_every_registration_stands(
    database: Database, now: datetime
) -> None:
    with database.transaction() as session:
        broker, place = broker_at(session, places=1)
        brokers = [broker.id]
        for _ in range(7):
            other = make.broker(session)
            make.agreement(session, development=session.get_one(Development, place), agency=other.agency)
            brokers.append(other.id)
    barrier = Barrier(len(brokers))

    def one(number: int) -> str:
        barrier.wait()
        with database.transaction() as session:
            who = session.get_one(Person, brokers[number])
            made = register(session, who, now, place, 5 * HOUR, phone=f"1391234567{number}")
            assert made.registration.outcome is Outcome.ACCEPTED
            return made.unbooked.code if made.unbooked is not None else "booked"

    with ThreadPoolExecutor(len(brokers)) as threads:
        answers = Counter(threads.map(one, range(len(brokers))))
    assert answers == {"booked": 1, "slot_full": len(brokers) - 1}
    with database.reading() as session:
        assert len(session.scalars(select(Registration)).all()) == len(brokers)
        assert len(session.scalars(select(SlotBooking)).all()) == 1


def test_registered_as_the_day_is_closed_nothing_stands_on_it(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        broker, place = broker_at(session, places=8)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    barrier = Barrier(5)

    def one(number: int) -> str:
        barrier.wait()
        with database.transaction() as session:
            if number == 0:
                hours.close_day(session, manager, now, session.get_one(Development, place), local_day(now), "停电")
                return "closed"
            who = session.get_one(Person, broker.id)
            made = register(session, who, now, place, 5 * HOUR, phone=f"1391234567{number}")
            return made.unbooked.code if made.unbooked is not None else "booked"

    with ThreadPoolExecutor(5) as threads:
        answers = set(threads.map(one, range(5)))
    assert answers <= {"closed", "booked", "slot_unknown", "slots_off"}
    with database.reading() as session:
        assert session.scalars(select(SlotBooking).where(SlotBooking.ended_at.is_(None))).all() == []
        assert len(session.scalars(select(Registration)).all()) == 4


def taken_back(session: Session, broker: Person, now: datetime, made: Registered) -> None:
    undo.withdraw(session, Actor.of(broker), now, made.registration)


def given_up(session: Session, broker: Person, now: datetime, made: Registered) -> None:
    endings.release(session, Actor.of(broker), now, made.registration, "客户另有安排")


@pytest.mark.parametrize("ended", [taken_back, given_up])
def test_a_registration_that_its_broker_ends_calls_its_visit_off(
    session: Session, now: datetime, ended: Callable[[Session, Person, datetime, Registered], None]
) -> None:
    """A slip is taken back within minutes: the pass must not reach a stranger, nor the place stay taken."""
    broker, place = broker_at(session, places=1)
    made = register(session, broker, now, place, 5 * HOUR)
    assert made.booking is not None
    text = passes.text_client(session, now, made.booking)
    assert isinstance(text, TextMessage)
    ended(session, broker, now, made)
    assert made.booking.end_reason is BookingEnd.CANCELLED
    assert Texts(LocalSms(Path())).unwanted(session, now, text) == "called_off"
    assert register(session, broker, now, place, 5 * HOUR, phone="13700000002").booking is not None
