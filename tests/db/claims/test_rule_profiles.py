"""Rule profiles in force: two people, from a day to come, and what each setting changes for who comes (ADR 61)."""

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
from portal.clock import day_start, local_day
from portal.db import Database
from portal.models import (
    Deal,
    Decision,
    Development,
    Event,
    Person,
    ProposalState,
    Role,
    RuleProfile,
    Touch,
    Verdict,
)
from portal.rules.judgements.profile import DealFrom, Profile, WhoWins
from portal.services.claims import receipts, rule_profiles, touches
from portal.services.deals import deals
from portal.services.home.figure import counted
from portal.services.leads import visits
from portal.services.penalties import reviews
from portal.services.registrations.registrations import register_client
from portal.services.registrations.walk_ins import sign_in_walk_in
from portal.services.showings import check_ins
from tests import factories as make
from tests.factories import friends
from tests.factories.papers import rule_profile

PHONE = "13912345678"
BY_VISIT = 'who_wins = "first_visited"'


@pytest.fixture
def development(session: Session) -> Development:
    return make.development(session)


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def second(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.ADMINISTRATOR))


def selling(session: Session, development: Development) -> Person:
    broker: Person = make.broker(session)
    make.agreement(session, development=development, agency=broker.agency)
    return broker


def register(session: Session, broker: Person, at: datetime, development: Development) -> tuple[str | None, Touch]:
    """The code of a registration, and its touch; a refused one has none that any test asks for."""
    row = register_client(session, Actor.of(broker), at, development_id=development.id, phone=PHONE, name="王小明")
    session.flush()
    return row.code, row.touch  # type: ignore[return-value]


def shown(session: Session, touch: Touch, at: datetime) -> None:
    """A visit whose photo was found genuine at once."""
    check_ins.protect(session, at, make.showing(session, touch=touch, at=at, verdict=Verdict.VERIFIED))
    session.refresh(touch)


def propose(session: Session, manager: Actor, now: datetime, development: Development, days: int = 1) -> RuleProfile:
    return rule_profiles.propose(
        session,
        manager,
        now,
        development,
        profile=Profile(who_wins=WhoWins.FIRST_VISITED),
        starts=local_day(now) + timedelta(days=days),
        note="到访为王",
    )


# Two people, and from when


def test_one_proposes_another_confirms_and_agencies_are_told(
    session: Session, development: Development, manager: Actor, second: Actor, now: datetime
) -> None:
    broker = selling(session, development)
    row = propose(session, manager, now, development)
    assert counted(session, rule_profiles.to_decide(second)) == 1
    with pytest.raises(Refusal, match="own_proposal"):
        rule_profiles.confirm(session, manager, now, row)
    rule_profiles.confirm(session, second, now, row)
    session.flush()
    told = session.execute(select(Event.kind, Event.agency_id).where(Event.kind.startswith("rule_profile"))).all()
    assert ("rule_profile_begins", broker.agency_id) in told
    assert rule_profiles.in_force(session, development, now).who_wins is WhoWins.FIRST_REGISTERED
    assert rule_profiles.in_force(session, development, row.starts_at).who_wins is WhoWins.FIRST_VISITED
    assert rule_profiles.all_in_force(session, row.starts_at)[development.id].who_wins is WhoWins.FIRST_VISITED
    assert rule_profiles.to_come(session, development, now) == [row]


def test_the_newest_that_has_begun_holds(session: Session, development: Development, now: datetime) -> None:
    rule_profile(session, development, "showing_days = 5")
    rule_profile(session, development, "showing_days = 3", starts_at=now)
    for at, days in ((now - timedelta(seconds=1), 5), (now, 3)):
        assert rule_profiles.in_force(session, development, at).showing_days == days
        assert rule_profiles.all_in_force(session, at)[development.id].showing_days == days


@pytest.mark.parametrize(("days", "code"), [(0, "too_soon"), (-1, "too_soon"), (367, "too_far")])
def test_a_profile_begins_on_a_day_to_come(
    session: Session, development: Development, manager: Actor, now: datetime, days: int, code: str
) -> None:
    with pytest.raises(Refusal, match=f"rule_profile_{code}"):
        propose(session, manager, now, development, days)


def test_its_day_may_come_while_it_waits(
    session: Session, development: Development, manager: Actor, second: Actor, now: datetime
) -> None:
    row = propose(session, manager, now, development)
    with pytest.raises(Refusal, match="rule_profile_too_soon"):
        rule_profiles.confirm(session, second, now + timedelta(days=1), row)
    assert row.open


def test_a_day_has_one_profile(
    session: Session, development: Development, manager: Actor, second: Actor, now: datetime
) -> None:
    rows = [propose(session, manager, now, development) for _ in range(2)]
    rule_profiles.confirm(session, second, now, rows[0])
    with pytest.raises(Refusal, match="rule_profile_day_taken"):
        rule_profiles.confirm(session, second, now, rows[1])
    rule_profiles.refuse(session, second, now, rows[1], "一天只能一版")
    assert rows[1].state is ProposalState.REFUSED


def test_the_first_takes_it_back(session: Session, development: Development, manager: Actor, now: datetime) -> None:
    row = propose(session, manager, now, development)
    rule_profiles.withdraw(session, manager, now, row)
    assert row.state is ProposalState.WITHDRAWN


@pytest.mark.parametrize(
    "change", ["toml = 'deal_days = 1'", "starts_at = decided_at", "state = 'withdrawn'", "development_id = 0"]
)
def test_the_database_lets_nobody_rewrite_it(
    session: Session, development: Development, now: datetime, change: str
) -> None:
    rule_profile(session, development, BY_VISIT)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(f"UPDATE rule_profiles SET {change}"))


def test_the_database_confirms_none_backwards(session: Session, development: Development, now: datetime) -> None:
    with pytest.raises(DBAPIError, match="never_backdated"):
        rule_profile(session, development, BY_VISIT, starts_at=now, decided_at=now)


# What its settings do


def test_by_the_clock(session: Session, development: Development, now: datetime) -> None:
    rule_profile(session, development, 'showing_days = 2\nshowing_until = "22:00"')
    _code, touch = register(session, selling(session, development), now, development)
    assert touch.protected_until == day_start(local_day(now) + timedelta(days=2)) + timedelta(hours=22)


def test_registered_by_many_and_the_first_showing_takes_the_client(
    session: Session, development: Development, now: datetime
) -> None:
    rule_profile(session, development, BY_VISIT)
    brokers = [selling(session, development) for _ in range(3)]
    answers = [register(session, one, now, development) for one in brokers]
    assert [code for code, _ in answers] == [None] * 3
    assert touches.holder(session, development.id, answers[0][1].client_id, now) is None
    shown(session, answers[1][1], now + timedelta(hours=1))
    assert answers[1][1].holds_from == now + timedelta(hours=1)
    assert answers[1][1].protected_until == now + timedelta(days=30, hours=1)
    shown(session, answers[0][1], now + timedelta(hours=2))
    assert (answers[0][1].holds_from, answers[0][1].protected_until) == (None, now + timedelta(days=7))
    assert register(session, selling(session, development), now + timedelta(hours=3), development)[0] == (
        "protected_by_other"
    )


def test_who_came_second_is_told_so_and_promised_nothing(
    session: Session, development: Development, now: datetime
) -> None:
    rule_profile(session, development, BY_VISIT)
    desk = Actor.of(make.person(session, Role.RECEPTION))
    rules, kinds = [], []
    for _ in range(2):
        broker = selling(session, development)
        register(session, broker, now, development)
    for touch in session.scalars(select(Touch).order_by(Touch.id)).all():
        showing = make.showing(session, touch=touch, at=now + timedelta(hours=1))
        reviews.review_showing(
            session, desk, now + timedelta(hours=2), showing, decision=Decision.GENUINE, reason="在场"
        )
        session.flush()
        facts = receipts.receipt_of(session, showing.review).facts
        rules.append((facts["rule"], facts["protected_until"] is None))
        kinds.append(session.scalars(select(Event.kind).where(Event.person_id == touch.person_id)).all())
    assert rules == [("visit_counts", False), ("visit_second", True)]
    assert [sorted(one) for one in kinds] == [
        ["registration_runs", "showing_verified"],
        ["registration_overtaken", "registration_runs", "showing_second"],
    ]


def test_who_registers_again_finds_the_own_one_that_waits(
    session: Session, development: Development, now: datetime
) -> None:
    rule_profile(session, development, BY_VISIT)
    broker, rival = selling(session, development), selling(session, development)
    _, first = register(session, broker, now, development)
    register(session, rival, now, development)
    assert register(session, broker, now + timedelta(hours=1), development) == (None, first)
    assert register(session, broker, now + timedelta(days=7), development)[1] is not first


def test_after_the_first_ones_time_the_next_showing_takes_the_client(
    session: Session, development: Development, now: datetime
) -> None:
    rule_profile(session, development, f"{BY_VISIT}\nshowing_days = 5\ndeal_days = 3")
    _, first = register(session, selling(session, development), now, development)
    _, second = register(session, selling(session, development), now + timedelta(hours=1), development)
    shown(session, first, now + timedelta(hours=2))
    later = now + timedelta(days=5, minutes=30)
    shown(session, second, later)
    assert second.holds_from == later
    session.refresh(first)
    assert first.retired_at is not None


def test_a_walk_in_is_a_showing(session: Session, development: Development, now: datetime) -> None:
    rule_profile(session, development, f"{BY_VISIT}\ndeveloper_days = 10")
    _, touch = register(session, selling(session, development), now, development)
    reception = Actor.of(make.person(session, Role.RECEPTION))
    visitor = {"development_id": development.id, "phone": PHONE, "name": "王小明"}
    walked = sign_in_walk_in(session, reception, now, **visitor)
    assert (walked.new, walked.touch.protected_until) == (True, now + timedelta(days=10))
    shown(session, touch, now + timedelta(hours=1))
    assert touch.holds_from is None


def test_a_lead_keeps_registrations_out_and_steps_back_before_a_showing(
    session: Session, development: Development, now: datetime
) -> None:
    rule_profile(session, development, BY_VISIT)
    broker, late = selling(session, development), selling(session, development)
    _, touch = register(session, broker, now, development)
    referrer = make.referrer(session, development=development)
    lead = friends.accepted_lead(session, referrer, now, client=touch.client).touch
    assert lead is not None
    assert register(session, late, now, development)[0] == "protected_by_other"
    shown(session, touch, now + timedelta(hours=1))
    session.refresh(lead)
    assert (touch.holds_from, lead.holds_from, lead.retired_at) == (now + timedelta(hours=1), None, None)
    reception = Actor.of(make.person(session, Role.RECEPTION))
    visits.record_visit(session, reception, now + timedelta(hours=2), lead)
    assert lead.holds_from is None


def test_a_lead_that_came_first_stays(session: Session, development: Development, now: datetime) -> None:
    rule_profile(session, development, BY_VISIT)
    _, touch = register(session, selling(session, development), now, development)
    referrer = make.referrer(session, development=development)
    lead = friends.accepted_lead(session, referrer, now, client=touch.client).touch
    assert lead is not None
    visits.record_visit(session, Actor.of(make.person(session, Role.RECEPTION)), now, lead)
    shown(session, touch, now + timedelta(hours=1))
    assert touch.holds_from is None


@pytest.mark.parametrize(("deal_from", "days"), [(DealFrom.LATEST, 5), (DealFrom.FIRST, 1)])
def test_from_which_showing_the_days_count(
    session: Session, development: Development, now: datetime, deal_from: DealFrom, days: int
) -> None:
    rule_profile(session, development, f'deal_days = 30\ndeal_from = "{deal_from}"')
    _, touch = register(session, selling(session, development), now, development)
    for after in (1, 5):
        shown(session, touch, now + timedelta(days=after))
    assert touch.protected_until == now + timedelta(days=30 + days)


# Deals


def sell(session: Session, development: Development, at: datetime) -> Deal:
    actor = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    subscription = deals.Subscription(development.id, PHONE, "王小明", "1-101", 300_000_000, at)
    return deals.open_deal(session, actor, at, subscription)


def test_a_deal_is_whose_showing_was_first(session: Session, development: Development, now: datetime) -> None:
    rule_profile(session, development, f"{BY_VISIT}\nafter_subscription_days = 60")
    first, second = (register(session, selling(session, development), now, development)[1] for _ in range(2))
    shown(session, second, now + timedelta(hours=1))
    at = now + timedelta(days=1)
    deal = sell(session, development, at)
    assert deal.owner_id == second.person_id
    assert [lost["reason"] for lost in deal.attributions[-1].why["lost"]] == ["unshown"]
    session.refresh(second)
    assert second.protected_until == at + timedelta(days=60)
    assert first.holds_from is None


def test_a_deal_before_any_showing_is_nobodys(session: Session, development: Development, now: datetime) -> None:
    rule_profile(session, development, BY_VISIT)
    register(session, selling(session, development), now, development)
    assert sell(session, development, now + timedelta(hours=1)).owner_id is None


@pytest.mark.parametrize(("days", "code"), [(9, "protected_by_other"), (10, None)])
def test_after_a_subscription_nobody_may_come_for_a_while(
    session: Session, development: Development, now: datetime, days: int, code: str | None
) -> None:
    """Also when nobody owned the sale, and when it was cancelled."""
    rule_profile(session, development, "after_subscription_days = 10")
    deal = sell(session, development, now)
    deals.record_milestone(
        session, Actor.of(make.person(session, Role.FINANCE)), now, deal, kind=deals.MilestoneKind.CANCELLED, at=now
    )
    assert register(session, selling(session, development), now + timedelta(days=days), development)[0] == code


# Races


def waiting(database: Database, now: datetime, count: int) -> tuple[Development, list[int]]:
    with database.transaction() as session:
        development = make.development(session)
        rule_profile(session, development, BY_VISIT)
        brokers = [selling(session, development) for _ in range(count)]
    barrier = Barrier(count)

    def one(broker: Person) -> int:
        barrier.wait()
        with database.transaction() as session:
            return register(session, broker, now, development)[1].id

    with ThreadPoolExecutor(count) as threads:
        return development, list(threads.map(one, brokers))


def test_sixteen_register_and_sixteen_visit_at_once_and_one_showing_takes_the_client(
    database: Database, now: datetime
) -> None:
    _development, keys = waiting(database, now, 16)
    assert len(set(keys)) == 16
    barrier = Barrier(16)

    def visit(key: int) -> None:
        barrier.wait()
        with database.transaction() as session:
            shown(session, session.get_one(Touch, key), now + timedelta(hours=1))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(visit, keys))
    with database.reading() as session:
        rows = session.scalars(select(Touch)).all()
        assert Counter(row.holds_from for row in rows) == {None: 15, now + timedelta(hours=1): 1}
        assert Counter(row.protected_until for row in rows)[now + timedelta(days=30, hours=1)] == 1


def test_two_decide_at_once_and_one_profile_begins(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        row = propose(session, manager, now, make.development(session))
        deciders = [Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(4)]
    barrier = Barrier(4)

    def decide(actor: Actor) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                rule_profiles.confirm(session, actor, now, session.get_one(RuleProfile, row.id))
        except Refusal as refusal:
            return refusal.code
        return "confirmed"

    with ThreadPoolExecutor(4) as threads:
        said = Counter(threads.map(decide, deciders))
    assert said["confirmed"] == 1
    assert set(said) <= {"confirmed", "proposal_decided", "rule_profile_day_taken"}
