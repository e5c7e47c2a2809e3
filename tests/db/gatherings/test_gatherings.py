"""Gatherings on both databases: who is invited, places under race, arrivals and gifts, moves, what followed."""

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
from portal.models import (
    AuditEntry,
    CareContact,
    CareJudgement,
    CareUse,
    Consent,
    Development,
    Gathering,
    GatheringGuest,
    Person,
    Role,
)
from portal.rules.care.plan import Channel, Grade, Stage
from portal.rules.care_files.tags import TagKind
from portal.rules.gatherings.gathering import GatheringKind, GuestState, Times
from portal.services.care_files import tags
from portal.services.gatherings import gatherings, guests, outcome
from portal.services.gatherings.gatherings import Wanted
from portal.services.gatherings.guests import Filter
from portal.services.rewards import rewards
from tests import factories as make
from tests import owners as of_owners
from tests.site import refusal

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def place(session: Session) -> Development:
    return make.development(session)


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def consultant(session: Session) -> Person:
    return make.person(session, Role.CONSULTANT)


def say(guest: GatheringGuest) -> str:
    return f"诚邀您：/card/{guest.link_key}"


def wanted(now: datetime, places: int = 4, title: str = "开放日", hours: int = 48) -> Wanted:
    begins = now + hours * HOUR
    return Wanted(GatheringKind.OPEN_DAY, title, "营销中心", Times(begins, begins + 2 * HOUR), places)


def test_planned_and_moved(session: Session, now: datetime, manager: Actor, place: Development) -> None:
    row = gatherings.create(session, manager, now, place, wanted(now))
    assert not gatherings.change(session, manager, now, row, wanted(now, title="样板间开放日"))
    assert gatherings.change(session, manager, now, row, wanted(now, hours=72))
    assert [(move.began_at, move.begins_at) for move in gatherings.moves_of(session, row)] == [
        (now + 48 * HOUR, now + 72 * HOUR)
    ]
    session.expire_all()
    assert refusal(lambda: gatherings.create(session, manager, now, place, wanted(now, places=0))) == (
        "gathering_places_wrong"
    )
    gatherings.cancel(session, manager, now, row, "台风")
    assert refusal(lambda: gatherings.cancel(session, manager, now, row, "台风")) == "gathering_cancelled"
    assert refusal(lambda: gatherings.change(session, manager, now, row, wanted(now))) == "gathering_cancelled"
    deeds = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert deeds == ["gathering_created", "gathering_changed", "gathering_moved", "gathering_cancelled"]
    assert session.scalars(gatherings.listed(manager, now, past=False)).all() == []
    assert session.scalars(gatherings.listed(manager, now, past=True)).all() == [row]


def test_chosen_by_filter_and_invited_once(
    session: Session, now: datetime, manager: Actor, consultant: Person, place: Development
) -> None:
    row = of_owners.gathering(session, place, now + 2 * DAY)
    first, second, third = (of_owners.care_file(session, place, name) for name in ("王小明", "李雷", "韩梅梅"))
    of_owners.give(session, first, consultant)
    for file, grade in ((second, Grade.A), (third, Grade.INVALID)):
        session.add(CareJudgement(file_id=file.id, by_id=consultant.id, at=now, grade=grade))
    session.flush()

    def found(actor: Actor, **narrowed: object) -> set[int]:
        chosen = guests.candidates(session, actor, now, row, Filter(**narrowed))  # type: ignore[arg-type]
        return {one.row.file.id for one in chosen}

    assert found(manager) == {first.id, second.id}
    assert found(manager, grade=Grade.A) == {second.id}
    assert found(manager, stage=Stage.VISITED) == set()
    assert found(manager, carer_id=consultant.id) == found(Actor.of(consultant)) == {first.id}
    tag = tags.make(session, manager, now, TagKind.BASIC, "有孩子")
    tags.put(session, manager, now, second, tag)
    assert found(manager, tag_id=tag.id) == {second.id}
    assert found(manager, tag_id=tag.id + 1) == set()
    everybody = [first.id, second.id, third.id]
    made = guests.invite(session, Actor.of(consultant), now, row, everybody, say)
    assert (made.number, made.texted) == (1, 1)  # nobody invites whom he may not see
    assert guests.invite(session, manager, now, row, everybody, None).number == 2
    assert found(manager) == set()
    assert [use.file_id for use in session.scalars(select(CareUse))] == [first.id]


def test_who_said_stop_gets_no_text(session: Session, now: datetime, manager: Actor, place: Development) -> None:
    row, file = of_owners.gathering(session, place, now + 2 * DAY), of_owners.care_file(session, place)
    given = Consent(
        client_id=file.client_id, purpose="contact", version="1", locale="zh_Hans_CN", given_at=now - 2 * DAY
    )
    given.withdrawn_at = now - DAY
    session.add(given)
    session.flush()
    (one,) = guests.candidates(session, manager, now, row, Filter())
    assert one.why_not is not None
    made = guests.invite(session, manager, now, row, [file.id], say)
    assert (made.number, made.texted, made.not_texted) == (1, 0, Counter({"client_opted_out": 1}))


def test_an_answer_takes_places_and_gives_them_back(session: Session, now: datetime, place: Development) -> None:
    row = of_owners.gathering(session, place, now + 2 * DAY)
    one, two = (of_owners.guest(session, row, of_owners.care_file(session, place)) for _number in range(2))
    guests.answer(session, now, one, 3)
    assert row.taken == 3
    with pytest.raises(Refusal) as refused, session.begin_nested():
        guests.answer(session, now, two, 2)
    assert (refused.value.code, refused.value.facts["left"]) == ("gathering_full", 1)
    session.refresh(two)
    guests.answer(session, now, one, 2)
    guests.answer(session, now, two, 2)
    guests.answer(session, now, one, 0)
    session.refresh(row)
    assert (row.taken, one.party) == (2, 0)
    assert refusal(lambda: guests.answer(session, row.begins_at, one, 1)) == "gathering_began"
    states = [shown.state for shown in guests.shown(session, now, [one, two])]
    assert states == [GuestState.NOT_COMING, GuestState.COMING]


def test_at_the_door(session: Session, now: datetime, manager: Actor, place: Development) -> None:
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    row = of_owners.gathering(session, place, now + HOUR, with_gift=True)
    guest = of_owners.guest(session, row, of_owners.care_file(session, place))
    given = guests.receive(session, manager, now, guest)
    assert [voucher.id for voucher in guests.receive(session, manager, now, guest)] == [one.id for one in given]
    assert given != []
    contact = session.scalars(select(CareContact)).one()
    assert (contact.channel, contact.file_id) == (Channel.EVENT, guest.file_id)
    assert contact.next_on == local_day(now) + DAY
    early = of_owners.guest(session, of_owners.gathering(session, place, now + DAY), guest.file)
    assert refusal(lambda: guests.receive(session, manager, now, early)) == "gathering_not_yet"
    assert guests.shown(session, now, [guest])[0].state is GuestState.CAME


def test_what_followed(session: Session, now: datetime, manager: Actor, place: Development) -> None:
    row = of_owners.gathering(session, place, now + HOUR)
    touch = make.touch(session, development=place)
    deal = make.deal(session, touch=touch, signed_at=now + 9 * DAY)
    buyer = of_owners.owner(session, deal=deal).file
    others = [of_owners.care_file(session, place) for _number in range(2)]
    bought, visited, away = (of_owners.guest(session, row, file) for file in (buyer, *others))
    for guest in (bought, visited):
        guests.receive(session, manager, now, guest)
    guests.answer(session, now, away, 2)
    at = now + 20 * DAY
    session.add(
        CareContact(file_id=visited.file_id, by_id=manager.id, channel="visit", at=at, logged_at=at, outcome="reached")
    )
    session.flush()
    found = outcome.of_gathering(session, manager, row)
    assert found.invited == {bought.id, visited.id, away.id}
    assert (found.coming, found.came, found.people) == ({away.id}, {bought.id, visited.id}, 2)
    assert (found.visited, found.signed) == ({visited.id}, {bought.id})


def test_the_last_places_are_given_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        place = make.development(session)
        row = of_owners.gathering(session, place, now + DAY, places=4)
        keys = [of_owners.guest(session, row, of_owners.care_file(session, place)).id for _number in range(4)]
        gathering_id = row.id
    ready = Barrier(4)

    def answer(key: int) -> str:
        ready.wait()
        try:
            with database.transaction() as session:
                guests.answer(session, now, session.get_one(GatheringGuest, key), 2)
        except Refusal as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(answer, keys)) == {"done": 2, "gathering_full": 2}
    with database.reading() as session:
        assert session.get_one(Gathering, gathering_id).taken == 4
        assert sum(session.scalars(select(GatheringGuest.party).where(GatheringGuest.party.is_not(None)))) == 4
