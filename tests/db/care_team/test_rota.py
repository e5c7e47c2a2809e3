"""Handing clients out: in turn, by hand, at once; covering; and what somebody leaves behind."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.clock import local_day
from portal.db import Database
from portal.models import AwayWhy, CareAssignment, Event, Role, Touch, TouchKind, Work
from portal.services.care import day, files, scope
from portal.services.care_team import hand_out, rota
from portal.services.hand_overs import handing, waiting
from tests import care_world, masking
from tests import factories as make

DAY = timedelta(days=1)


def walk_in(session: Session, now: datetime, place, reception) -> Touch:  # type: ignore[no-untyped-def]
    return make.touch(session, development=place, kind=TouchKind.WALK_IN, person=reception, agency=None, at=now)


def test_clients_go_in_turn_and_who_is_off_is_passed_over(session: Session, now: datetime) -> None:
    reception, place = make.person(session, Role.RECEPTION), make.development(session)
    one, other, off = (care_world.consultant(session) for _ in range(3))
    for person in (off, one, other):
        care_world.post(session, place, person)
    care_world.absence(session, off, local_day(now))
    touches = [walk_in(session, now, place, reception) for _ in range(3)]
    assert {row.touch.id for row in hand_out.waiting(session, now)} == {touch.id for touch in touches}
    given = []
    for touch in touches:
        given.append(hand_out.hand_out(session, Actor.of(reception), now, touch, to_id=None))
    assert [row.person_id for row in given] == [one.id, other.id, one.id]
    assert [row.in_turn for row in given] == [True, True, True]
    assert given[0].passed_over == [{"person": off.id, "why": "day_off"}] or given[0].passed_over == []
    assert hand_out.waiting(session, now) == []
    told = session.scalars(select(Event.person_id).where(Event.kind == "client_handed_out").order_by(Event.id))
    assert list(told) == [one.id, other.id, one.id]


def test_nobody_stands_in_the_turn(session: Session, now: datetime) -> None:
    reception = make.person(session, Role.RECEPTION)
    touch = walk_in(session, now, make.development(session), reception)
    with pytest.raises(Refusal, match="care_nobodys_turn"):
        hand_out.hand_out(session, Actor.of(reception), now, touch, to_id=None)


def test_of_two_receptions_at_once_one_hands_the_client_out(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        reception = Actor.of(make.person(session, Role.RECEPTION, has_password=False))
        people = [care_world.consultant(session, has_password=False).id for _ in range(2)]
        key = walk_in(session, now, make.development(session), make.person(session, Role.RECEPTION)).id
    barrier = Barrier(2)

    def give(to_id: int) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                touch = session.get_one(Touch, key)
                hand_out.hand_out(session, reception, now, touch, to_id=to_id)
        except Refusal as refusal:
            return refusal.code
        return "given"

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(give, people))
    with database.reading() as session:
        numbers = list(session.scalars(select(CareAssignment.number).order_by(CareAssignment.number)))
    assert numbers == [1]
    assert sorted(found) == ["care_handed_out", "given"]


def test_receptions_who_hand_out_in_turn_at_once_meet_one_turn_each(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        reception, place = make.person(session, Role.RECEPTION, has_password=False), make.development(session)
        for _ in range(2):
            care_world.post(session, place, care_world.consultant(session, has_password=False))
        keys = [walk_in(session, now, place, reception).id for _ in range(4)]
        desk = Actor.of(reception)
    barrier = Barrier(len(keys))

    def give(key: int) -> None:
        barrier.wait()
        with database.transaction() as session:
            hand_out.hand_out(session, desk, now, session.get_one(Touch, key), to_id=None)

    with ThreadPoolExecutor(len(keys)) as threads:
        list(threads.map(give, keys))
    with database.reading() as session:
        given = Counter(session.scalars(select(CareAssignment.person_id)))
    assert sorted(given.values()) == [2, 2]


def test_who_covers_has_the_clients_in_his_day(session: Session, now: datetime) -> None:
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    ill, cover = care_world.consultant(session), care_world.consultant(session)
    file = care_world.care_file(session, carer=ill, at=now - 4 * DAY)
    assert not day.of_person(session, now, cover).files
    new = rota.NewAbsence(ill.id, local_day(now), local_day(now + DAY), AwayWhy.ILL, cover.id)
    row = rota.put_away(session, manager, now, new)
    seen = day.of_person(session, now, cover)
    assert list(seen.files) == [file.id]
    assert scope.find(session, Actor.of(cover), file.id) is file
    assert all(line.covered and line.file.id == file.id for lines in seen.lines.values() for line in lines)
    assert not day.of_person(session, now + 3 * DAY, cover).files
    assert rota.end_over(session, now + 3 * DAY) == {"absences_ended": 1}
    assert scope.find(session, Actor.of(cover), file.id) is None
    rota.end_absence(session, manager, now, row)
    assert not day.of_person(session, now, cover).files


WRONG = {
    "care_days_turned": (2, 1),
    "care_days_over": (-3, -1),
}


@pytest.mark.parametrize(("code", "days"), WRONG.items(), ids=WRONG)
def test_an_absence_has_days_to_come(session: Session, now: datetime, code: str, days: tuple[int, int]) -> None:
    manager, one = Actor.of(make.person(session, Role.CHANNEL_MANAGER)), care_world.consultant(session)
    first, last = (local_day(now + number * DAY) for number in days)
    with pytest.raises(Refusal, match=code):
        rota.put_away(session, manager, now, rota.NewAbsence(one.id, first, last, AwayWhy.LEAVE))


def test_who_leaves_leaves_nothing_without_an_owner(session: Session, now: datetime) -> None:
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    leaver, stays = care_world.consultant(session), care_world.consultant(session)
    rows = [care_world.care_file(session, carer=leaver) for _ in range(3)]
    leaver.deactivated_at = now
    session.flush()
    (left,) = waiting.left_work(session, manager, now)
    assert left.counts == {Work.CARE_FILES: 3}
    wanted = handing.HandOverRequest(Work.CARE_FILES, leaver.id, stays.id, "离职")
    assert handing.hand_over(session, manager, now, wanted) == 3
    assert waiting.left_work(session, manager, now) == []
    assert {person.id for person in files.carers_of(session, rows).values()} == {stays.id}
    assert [row.to_id for row in handing.history(session, Work.CARE_FILES, rows[0].id)] == [stays.id]


def test_who_is_registered_by_parts_of_a_number_waits_until_he_came(session: Session, now: datetime) -> None:
    place = masking.Place(session, now, make.development(session))
    broker = place.broker()
    row = place.masked(now - DAY, broker)
    assert hand_out.open_registered(session, Actor.of(broker), now) == 0
    place.give(row, now)
    assert hand_out.open_registered(session, Actor.of(broker), now) == 0
    place.show(row, now)
    assert [waits.touch.id for waits in hand_out.waiting(session, now)] == [row.touch_id]
    assert hand_out.open_registered(session, Actor.of(broker), now) == 1
