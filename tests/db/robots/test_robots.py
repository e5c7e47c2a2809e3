"""What groups are told: once, merged, by day, naming nobody; a robot that is down, slow, taken out or replaced."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.delivery import NO_ANSWER, UNREACHABLE, DeliveryFailed
from portal.db import Database
from portal.models import Development, Event, Person, Robot, RobotMessage, RobotNotice, Role
from portal.rules.notifications.kind import Group
from portal.rules.notifications.kinds import KINDS
from portal.services.notifications import worker
from portal.services.notifications.told import Reached, told_in_groups
from portal.services.robots import robots
from portal.services.robots.telling import MOST_ITEMS, tell_groups
from tests import factories as make
from tests.factories.notices import ROBOT_ADDRESS, ROBOT_KEY, event, robot
from tests.outboxes import Groups, send_robots

OUT = worker.Out((), "en", tell_groups)
OTHER = "0febdcb7-1b38-4d1b-a994-790f21fc8d30"
NIGHT = timedelta(hours=12)
"""From ten in the morning on: ten in the evening."""


def told(session: Session, now: datetime) -> None:
    while worker.hand_on(session, now, OUT):
        pass


def waits(session: Session, place: Development, now: datetime, kind: str = "showing_waits", **facts: Any) -> Event:
    agency = make.broker(session).agency_id
    return event(session, kind, at=now, subject_id=1, agency_id=agency, development_id=place.id, facts=facts)


def rest(database: Database) -> list[RobotMessage]:
    with database.reading() as session:
        return list(session.scalars(select(RobotMessage).order_by(RobotMessage.id)))


@pytest.fixture
def place(database: Database) -> Development:
    """A development with a robot, committed."""
    with database.transaction() as session:
        return robot(session).development


def test_a_group_hears_of_what_its_kinds_say_and_of_nothing_else(session: Session, now: datetime) -> None:
    place = robot(session).development
    waits(session, place, now)
    waits(session, place, now, "showing_not_counted")
    waits(session, place, now, "deal_moved_on", unit="3-1", milestone="signed", reached_at=now.isoformat())
    waits(session, place, now, "deal_moved_on", unit="3-1", milestone="handed_over", reached_at=now.isoformat())
    waits(session, make.development(session), now)
    waits(session, place, now - timedelta(hours=25))
    told(session, now)
    message = session.scalars(select(RobotMessage)).one()
    agencies = [one["subject"].rpartition(" ")[0] for one in message.items]
    assert len(message.items) == 2
    assert agencies[0].startswith("A showing of ")
    assert message.items[1]["subject"].startswith("3-1: contract signed, by ")
    assert message.development_id == place.id


def test_what_comes_within_minutes_is_one_message_and_the_most_urgent_sets_its_hour(
    database: Database, place: Development, now: datetime
) -> None:
    groups = Groups()
    with database.transaction() as session:
        for _ in range(2):
            waits(session, place, now)
        told(session, now)
    with database.transaction() as session:
        waits(session, place, now, "client_arrived")
        told(session, now + timedelta(minutes=1))
    assert send_robots(database, groups, now + timedelta(seconds=119)) == 0
    assert send_robots(database, groups, now + timedelta(minutes=2)) == 1
    ((key, text),) = groups.said
    assert key == ROBOT_KEY
    assert text.startswith(f"**{place.name} · news: 3**")
    assert text.count("https://portal.example/inbox/events/") == 3


def test_at_night_nothing_is_said(database: Database, place: Development, now: datetime) -> None:
    groups = Groups()
    with database.transaction() as session:
        for _ in range(3):
            waits(session, place, now + NIGHT)
            told(session, now + NIGHT)
    assert send_robots(database, groups, now + timedelta(hours=21, minutes=59)) == 0
    assert send_robots(database, groups, now + timedelta(hours=22)) == 1
    assert len(groups.said) == 1


def test_a_robot_that_is_down_says_it_once_when_it_is_back(
    database: Database, place: Development, now: datetime
) -> None:
    groups = Groups(DeliveryFailed(UNREACHABLE, carrier=True))
    with database.transaction() as session:
        waits(session, place, now)
        told(session, now)
    for minute in range(5, 40):
        send_robots(database, groups, now + timedelta(minutes=minute))
    groups.failure = None
    for minute in range(40, 120):
        send_robots(database, groups, now + timedelta(minutes=minute))
    assert len(groups.said) == 1
    assert "answer" not in groups.said[0][1]
    (row,) = rest(database)
    assert (row.sent_at is not None, row.failure) == (True, None)


def test_what_may_stand_there_already_says_so(database: Database, place: Development, now: datetime) -> None:
    """企业微信 does not say what it has: a lost answer is repeated, and the reader is told why."""
    groups = Groups(DeliveryFailed(NO_ANSWER, carrier=True))
    with database.transaction() as session:
        waits(session, place, now)
        told(session, now)
    send_robots(database, groups, now + timedelta(minutes=5))
    groups.failure = None
    assert send_robots(database, groups, now + timedelta(minutes=7)) == 1
    assert groups.said[0][1].startswith("> WeCom did not answer the first time")


def test_a_robot_that_was_taken_out_is_told_of_once_and_stops_no_other(
    database: Database, place: Development, now: datetime
) -> None:
    class Half(Groups):
        def send(self, key: str, markdown: str) -> None:
            if key == ROBOT_KEY:
                raise DeliveryFailed("wecom_93000", for_good=True)
            super().send(key, markdown)

    groups = Half()
    with database.transaction() as session:
        other = robot(session, address=OTHER).development
        for development in (place, other):
            waits(session, development, now)
        told(session, now)
    assert send_robots(database, groups, now + timedelta(minutes=5)) == 1
    with database.transaction() as session:
        gone = robots.of(session, place.id)
        assert gone is not None
        assert (gone.gone_at is not None, gone.gone_why) == (True, "wecom_93000")
        kinds = select(func.count()).select_from(Event).where(Event.kind == "robot_is_gone")
        assert session.scalar(kinds) == 1
        waits(session, place, now)
        told(session, now + timedelta(minutes=6))
    assert [row.failure for row in rest(database)] == ["wecom_93000", None], "no message is written for who is gone"


def test_a_test_goes_at_once_and_shows_that_a_robot_is_back(
    database: Database, place: Development, now: datetime
) -> None:
    groups = Groups()
    with database.transaction() as session:
        by = Actor.of(session.scalars(select(Person).where(Person.role == Role.CHANNEL_MANAGER)).one())
        row = robots.of(session, place.id)
        assert row is not None
        row.gone_at, row.gone_why = now, "wecom_93004"
        robots.try_out(session, by, now + NIGHT, session.get_one(Development, place.id))
    assert send_robots(database, groups, now + NIGHT) == 1
    assert "This robot is set up" in groups.said[0][1]
    with database.reading() as session:
        again = robots.of(session, place.id)
        assert again is not None
        assert again.gone_at is None


def test_another_robot_takes_over_what_waits_and_the_key_of_the_former_is_forgotten(
    database: Database, place: Development, now: datetime
) -> None:
    groups = Groups()
    with database.transaction() as session:
        waits(session, place, now)
        told(session, now)
        robot(session, of=session.get_one(Development, place.id), address=OTHER, at=now)
    assert send_robots(database, groups, now + timedelta(minutes=5)) == 1
    assert groups.said[0][0] == OTHER
    with database.transaction() as session:
        former = session.scalars(select(Robot).where(Robot.ended_at.is_not(None))).one()
        assert former.key_sealed is None
        by = Actor.of(session.scalars(select(Person).where(Person.role == Role.CHANNEL_MANAGER)).first())
        here = session.get_one(Development, place.id)
        waits(session, here, now)
        told(session, now)
        robots.take_out(session, by, now, here)
        with pytest.raises(Refusal) as refused:
            robots.take_out(session, by, now, here)
        assert refused.value.code == "no_robot"
    send_robots(database, groups, now + timedelta(minutes=6))
    assert rest(database)[-1].failure == "no_robot"
    assert len(groups.said) == 1


def test_two_who_set_one_up_at_once_leave_one(database: Database, place: Development, now: datetime) -> None:
    def put_in(number: int) -> str | None:
        with database.transaction() as session:
            by = Actor.of(session.scalars(select(Person).where(Person.role == Role.CHANNEL_MANAGER)).one())
            here = session.get_one(Development, place.id)
            address = f"{ROBOT_ADDRESS[:-1]}{number}"
            try:
                robots.put_in(session, by, now, here, address=address, group_name="群", locale="en")
            except Refusal as refusal:
                return refusal.code
            return None

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(put_in, range(4)))
    assert None in answers
    assert set(answers) <= {None, "robot_was_changed"}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Robot).where(Robot.ended_at.is_(None))) == 1


def test_an_event_stands_in_a_group_once_the_database_sees_to_it(session: Session, now: datetime) -> None:
    place = robot(session).development
    one = waits(session, place, now)
    told(session, now)
    row = session.scalars(select(RobotNotice)).one()
    session.add(RobotNotice(event_id=one.id, development_id=place.id, message_id=row.message_id))
    with pytest.raises(IntegrityError):
        session.flush()


def test_two_workers_tell_a_group_of_each_event_once(database: Database, place: Development, now: datetime) -> None:
    with database.transaction() as session:
        here = session.get_one(Development, place.id)
        for _ in range(40):
            waits(session, here, now)
    portion, worker.PORTION = worker.PORTION, 5
    try:
        with ThreadPoolExecutor(3) as pool:
            for _ in pool.map(lambda _n: worker.run_due(database, lambda: now, out=OUT), range(3)):
                pass
    finally:
        worker.PORTION = portion
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RobotNotice)) == 40
    said = rest(database)
    assert sum(len(row.items) + row.left_out for row in said) == 40


def test_a_storm_is_one_message_of_bounded_length(database: Database, place: Development, now: datetime) -> None:
    groups = Groups()
    with database.transaction() as session:
        here = session.get_one(Development, place.id)
        for _ in range(MOST_ITEMS + 7):
            waits(session, here, now)
        told(session, now)
    send_robots(database, groups, now + timedelta(minutes=5))
    ((_key, text),) = groups.said
    assert len(text.encode()) <= 4096
    assert "more in the portal" in text
    (row,) = rest(database)
    assert (len(row.items), row.left_out) == (MOST_ITEMS, 7)


def test_the_thing_says_that_its_group_was_told(database: Database, place: Development, now: datetime) -> None:
    with database.transaction() as session:
        broker, reception = make.broker(session), Actor.of(make.person(session, Role.RECEPTION))
        here = session.get_one(Development, place.id)
        showing = make.showing(session, touch=make.touch(session, development=here, person=broker))
        facts = {"agency_id": broker.agency_id, "development_id": place.id, "person_id": broker.id}
        event(session, "showing_waits", at=now, subject_id=showing.id, **facts)
        told(session, now)
        (one,) = told_in_groups(session, reception, showing)
        assert (one.came.reached, one.came.at) == (Reached.WAITS, now + timedelta(minutes=5))
        assert one.subject.startswith("A showing of ")
        assert told_in_groups(session, Actor.of(broker), showing) == []


def test_a_group_may_hear_only_of_some_values() -> None:
    only = Group(only=("milestone", frozenset({"signed"})))
    assert (only.hears({"milestone": "signed"}), only.hears({"milestone": "x"}), only.hears({})) == (True, False, False)
    assert [name for name, kind in KINDS.items() if kind.group] != []
