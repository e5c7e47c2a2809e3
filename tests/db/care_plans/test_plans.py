"""Care plans: which holds where, two people, from a day to come, and what one would change."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.clock import local_day
from portal.db import Database
from portal.models import CarePlan, Event, ProposalState, Role
from portal.rules.care.plan import Channel, Plan
from portal.rules.care_plans.compare import Numbers
from portal.services.care import trying
from portal.services.care_plans import plans
from portal.services.home.figure import counted
from tests import care_world
from tests import factories as make

NOTHING = Plan("什么都不做")
TOML = 'name = "什么都不做"'
DAY = timedelta(days=1)


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def second(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.ADMINISTRATOR))


def propose(session: Session, actor: Actor, now: datetime, days: int = 1, **given: object) -> CarePlan:
    values = {"plan": NOTHING, "note": "试", "starts": local_day(now) + days * DAY} | given
    row = plans.propose(session, actor, now, plans.Proposed(**values))  # type: ignore[arg-type]
    session.flush()
    return row


def test_what_is_published_holds_from_its_day_on_and_who_is_concerned_is_told(
    session: Session, manager: Actor, second: Actor, now: datetime
) -> None:
    row = propose(session, manager, now)
    assert (counted(session, plans.to_decide(manager)), counted(session, plans.to_decide(second))) == (0, 1)
    with pytest.raises(Refusal, match="own_proposal"):
        plans.confirm(session, manager, now, row)
    plans.confirm(session, second, now, row)
    session.flush()
    assert plans.in_force(session, None, now) == plans.given()
    assert plans.in_force(session, None, row.starts_at) == NOTHING
    assert plans.before(session, row) == plans.given()
    assert plans.to_come(session, second, now) == [row]
    told = session.scalars(select(Event.kind).where(Event.kind.startswith("care_plan"))).all()
    assert sorted(told) == ["care_plan_published", "care_plan_waits"]


def test_a_development_s_own_plan_comes_before_the_one_for_all_until_it_is_given_up(
    session: Session, manager: Actor, second: Actor, now: datetime
) -> None:
    one, other = make.development(session).id, make.development(session).id
    care_world.care_plan(session, TOML, development_id=one)
    care_world.care_plan(session, 'name = "通用"', starts_at=now - DAY)
    names = [plans.in_force(session, place, now).name for place in (one, other, None)]
    assert names == ["什么都不做", "通用", "通用"]
    with pytest.raises(Refusal, match="care_plan_none_own"):
        propose(session, manager, now, plan=None, development_id=other)
    row = propose(session, manager, now, plan=None, development_id=one)
    plans.confirm(session, second, now, row)
    assert plans.in_force(session, one, row.starts_at).name == "通用"
    assert plans.plan_of(session, row).name == "通用"


@pytest.mark.parametrize(("days", "code"), [(0, "too_soon"), (367, "too_far")])
def test_a_plan_begins_on_a_day_to_come(session: Session, manager: Actor, now: datetime, days: int, code: str) -> None:
    with pytest.raises(Refusal, match=f"care_plan_{code}"):
        propose(session, manager, now, days)


def test_a_place_has_one_plan_a_day(session: Session, manager: Actor, second: Actor, now: datetime) -> None:
    rows = [propose(session, manager, now) for _ in range(3)]
    elsewhere = propose(session, manager, now, development_id=make.development(session).id)
    plans.confirm(session, second, now, rows[0])
    plans.confirm(session, second, now, elsewhere)
    with pytest.raises(Refusal, match="care_plan_day_taken"):
        plans.confirm(session, second, now, rows[1])
    plans.refuse(session, second, now, rows[1], "一天只能一版")
    plans.withdraw(session, manager, now, rows[2])
    assert [row.state for row in rows[1:]] == [ProposalState.REFUSED, ProposalState.WITHDRAWN]


@pytest.mark.parametrize(
    "change", ["toml = 'x'", "starts_at = decided_at", "state = 'withdrawn'", "development_id = 1"]
)
def test_the_database_lets_nobody_rewrite_it(session: Session, change: str) -> None:
    care_world.care_plan(session, TOML)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(f"UPDATE care_plans SET {change}"))


def test_two_publish_at_once_and_one_plan_begins(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        row = propose(session, Actor.of(make.person(session, Role.CHANNEL_MANAGER)), now)
        deciders = [Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(3)]
    barrier = Barrier(3)

    def decide(actor: Actor) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                plans.confirm(session, actor, now, session.get_one(CarePlan, row.id))
        except Refusal as refusal:
            return refusal.code
        return "confirmed"

    with ThreadPoolExecutor(3) as threads:
        said = Counter(threads.map(decide, deciders))
    assert said["confirmed"] == 1
    assert set(said) <= {"confirmed", "proposal_decided", "care_plan_day_taken"}


def test_a_plan_is_tried_on_the_clients_that_follow_it(session: Session, manager: Actor, now: datetime) -> None:
    carer = care_world.consultant(session, name="林晓")
    mine = care_world.care_file(session, name="王小明", carer=carer, at=now - 8 * DAY)
    called = care_world.care_file(session, carer=carer, at=now - 8 * DAY)
    care_world.contact(session, file=called, by=carer, at=now - 4 * DAY)
    own = care_world.care_file(session, at=now - 8 * DAY)
    care_world.judgement(session, file=own, by=carer, at=now - 7 * DAY, money=True)
    care_world.care_plan(session, TOML, development_id=own.development_id)
    tried = trying.try_out(session, now, NOTHING, None, local_day(now) + DAY)
    assert (tried.clients, tried.total) == (2, Numbers(5, 0))
    assert tried.channels[Channel.CALL] == Numbers(1, 0)
    assert tried.carers == {carer.id: Numbers(5, 0)}
    names = trying.names(session, manager, tried)
    assert (names[str(mine.id)].client, names.carers[carer.id]) == ("王小明", "林晓")
    assert trying.try_out(session, now, NOTHING, own.development_id, local_day(now)).total == Numbers()
    back = trying.try_out(session, now, plans.given(), own.development_id, local_day(now))
    assert back.channels[Channel.WECHAT].after == 2
