"""Booked visits under races, on both databases."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from sqlalchemy import select

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.clock import local_day
from portal.db import Database
from portal.models import Development, Registration, Role, SlotBooking
from portal.rules.slots.slot import Hours
from portal.services.slots import hours
from tests import factories as make
from tests.db.slots.test_slots import book
from tests.visits import ALL_DAY, open_hours

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_sixteen_at_once_take_the_places_that_there_are(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        development = make.development(session)
        open_hours(session, development, Hours(ALL_DAY.week, minutes=60, places=5, ahead_days=14))
        rows = []
        for _ in range(16):
            touch = make.touch(session, development=development, at=now - DAY, protected_until=now + 6 * DAY)
            rows.append(make.registration(session, touch=touch).id)
    barrier = Barrier(16)

    def one(registration_id: int) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                book(session, session.get_one(Registration, registration_id), now, now + HOUR)
        except Refusal as refused:
            return refused.code
        return "booked"

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(one, rows))
    assert Counter(answers) == {"booked": 5, "slot_full": 11}
    with database.reading() as session:
        assert sorted(session.scalars(select(SlotBooking.place))) == [1, 2, 3, 4, 5]


def test_booked_twice_at_once_it_is_one_booking(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        touch = make.touch(session, at=now - DAY, protected_until=now + 6 * DAY)
        registration = make.registration(session, touch=touch)
        open_hours(session, registration.development)
        key = registration.id
    barrier = Barrier(4)

    def one(number: int) -> None:
        barrier.wait()
        with database.transaction() as session:
            book(session, session.get_one(Registration, key), now, now + (1 + number % 2 * 3) * HOUR)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one, range(4)))
    with database.reading() as session:
        assert len(session.scalars(select(SlotBooking).where(SlotBooking.ended_at.is_(None))).all()) == 1


def test_booked_as_the_day_is_closed_it_is_called_off_or_refused(database: Database, now: datetime) -> None:
    """Whoever comes first, nothing stands on a closed day."""
    with database.transaction() as session:
        development = make.development(session)
        open_hours(session, development, Hours(ALL_DAY.week, minutes=60, places=8, ahead_days=14))
        keys = []
        for _ in range(6):
            touch = make.touch(session, development=development, at=now - DAY, protected_until=now + 6 * DAY)
            keys.append(make.registration(session, touch=touch).id)
        manager, place = Actor.of(make.person(session, Role.CHANNEL_MANAGER)), development.id
    barrier = Barrier(len(keys) + 1)

    def one(registration_id: int | None) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                if registration_id is None:
                    hours.close_day(session, manager, now, session.get_one(Development, place), local_day(now), "停电")
                    return "closed"
                book(session, session.get_one(Registration, registration_id), now, now + HOUR)
                return "booked"
        except Refusal as refused:
            return refused.code

    with ThreadPoolExecutor(len(keys) + 1) as threads:
        answers = list(threads.map(one, [None, *keys]))
    assert answers[0] == "closed"
    assert set(answers[1:]) <= {"booked", "slot_unknown"}
    with database.reading() as session:
        assert session.scalars(select(SlotBooking).where(SlotBooking.ended_at.is_(None))).all() == []
