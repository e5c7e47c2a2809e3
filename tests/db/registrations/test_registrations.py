"""Registering clients: what is stored, what a second one finds, and who wins a race (rules 2)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, Client, Development, Freeze, Outcome, Person, Receipt, Registration, Role, Touch
from portal.services.claims import receipts, touches
from portal.services.registrations.registrations import register_client, reveal_contact
from portal.services.registrations.walk_ins import sign_in_walk_in
from tests import factories as make

PHONE = "13912345678"


def selling_broker(session: Session, development: Development) -> Person:
    """A broker whose agency may sell the development."""
    broker: Person = make.broker(session)
    make.agreement(session, development=development, agency=broker.agency)
    return broker


def register(session: Session, broker: Person, now: datetime, development: Development, **given: str) -> Registration:
    given = {"phone": PHONE, "name": "王小明"} | given
    registration = register_client(session, Actor.of(broker), now, development_id=development.id, **given)
    session.flush()
    return registration


@pytest.fixture
def development(session: Session) -> Development:
    return make.development(session)


@pytest.fixture
def broker(session: Session, development: Development) -> Person:
    return selling_broker(session, development)


def test_the_first_is_accepted_and_protected_for_seven_days(
    session: Session, broker: Person, development: Development, now: datetime
) -> None:
    registration = register(session, broker, now, development)
    assert (registration.outcome, registration.code) == (Outcome.ACCEPTED, None)
    assert registration.touch is not None
    assert registration.touch.protected_until == now + timedelta(days=7)
    receipt = receipts.receipt_of(session, registration)
    assert receipt.facts["protected_until"] == "2026-03-17T02:00:00.000000+00:00"
    assert (receipt.facts["client_name"], receipt.facts["client_phone"]) == ("王**", "139****5678")


def test_the_second_is_refused_and_told_nothing_of_the_first(
    session: Session, broker: Person, development: Development, now: datetime
) -> None:
    register(session, broker, now, development, name="李雷")
    rival = selling_broker(session, development)
    refused = register(session, rival, now + timedelta(hours=1), development)
    assert (refused.outcome, refused.code, refused.touch_id) == (Outcome.REFUSED, "protected_by_other", None)
    signed = receipts.signed_text(receipts.receipt_of(session, refused))
    assert "2026-03-17T02:00" in signed
    for secret in (broker.name, broker.agency.name, "李", PHONE, "王小明"):
        assert secret not in signed


def test_ones_own_client_is_found_and_not_renewed(
    session: Session, broker: Person, development: Development, now: datetime
) -> None:
    first = register(session, broker, now, development)
    assert register(session, broker, now + timedelta(days=1), development, phone="+86 139 1234 5678") is first
    assert first.touch is not None
    assert first.touch.protected_until == now + timedelta(days=7)
    assert session.scalar(select(func.count()).select_from(Registration)) == 1


def test_after_expiry_the_next_one_takes_over(
    session: Session, broker: Person, development: Development, now: datetime
) -> None:
    first = register(session, broker, now, development)
    rival, later = selling_broker(session, development), now + timedelta(days=7)
    second = register(session, rival, later, development)
    assert (second.outcome, second.client_id) == (Outcome.ACCEPTED, first.client_id)
    session.refresh(first.touch)
    assert first.touch is not None
    assert second.touch is not None
    assert (first.touch.retired_at, second.touch.protected_until) == (later, later + timedelta(days=7))


def test_the_same_client_is_free_in_another_development(
    session: Session, broker: Person, development: Development, now: datetime
) -> None:
    register(session, broker, now, development)
    elsewhere = make.development(session)
    assert register(session, selling_broker(session, elsewhere), now, elsewhere).outcome is Outcome.ACCEPTED


def test_a_broker_who_changed_agencies_left_his_clients_there(
    session: Session, broker: Person, development: Development, now: datetime
) -> None:
    register(session, broker, now, development)
    broker.agency = make.agency(session)
    make.agreement(session, development=development, agency=broker.agency)
    session.flush()
    assert register(session, broker, now, development).code == "protected_by_other"


def test_who_may_not_register(session: Session, development: Development, now: datetime) -> None:
    """The facts reach the rule: one broker a code."""
    unsold = make.broker(session)
    closed = selling_broker(session, development)
    closed.agency.deactivated_at = now
    frozen = selling_broker(session, development)
    session.add(Freeze(broker_id=frozen.id, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=9)))
    free = selling_broker(session, development)
    own, staff = "13911110000", "13911112222"
    dealer = make.broker(session, agency=free.agency, phone=own)
    make.person(session, Role.RECEPTION, phone=staff)
    assert register(session, unsold, now, development).code == "no_agreement"
    assert register(session, closed, now, development).code == "agency_inactive"
    assert register(session, frozen, now, development).code == "account_frozen"
    assert register(session, dealer, now, development, phone=own).code == "self_dealing"
    assert register(session, free, now, development, phone=own).code == "self_dealing"
    assert register(session, free, now, development, phone=staff).code == "self_dealing"
    assert register(session, free, now, development).outcome is Outcome.ACCEPTED


def test_a_lifted_freeze_and_a_colleague_who_left_are_no_hindrance(
    session: Session, broker: Person, development: Development, now: datetime
) -> None:
    session.add(Freeze(broker_id=broker.id, starts_at=now, ends_at=now + timedelta(days=9), lifted_at=now))
    make.broker(session, phone=PHONE, deactivated_at=now)
    assert register(session, broker, now, development).outcome is Outcome.ACCEPTED


def test_the_days_limit_counts_every_try(session: Session, now: datetime) -> None:
    development = make.development(session, policy={"daily_limit": 2})
    broker = selling_broker(session, development)
    made = [register(session, broker, now, development, phone=make.new_phone()) for _ in range(3)]
    assert [one.code for one in made] == [None, None, "daily_limit"]
    tomorrow = register(session, broker, now + timedelta(hours=14), development, phone=make.new_phone())
    assert tomorrow.outcome is Outcome.ACCEPTED


def test_a_wrong_phone_stores_nothing(
    session: Session, broker: Person, development: Development, now: datetime
) -> None:
    with pytest.raises(Refusal) as refused:
        register(session, broker, now, development, phone="12345")
    assert refused.value == Refusal("invalid_phone", field="phone")
    assert session.scalar(select(func.count()).select_from(Client)) == 0


def test_an_unmasking_is_written_down(
    session: Session, broker: Person, development: Development, now: datetime
) -> None:
    registration = register(session, broker, now, development)
    assert reveal_contact(session, Actor.of(broker), now, registration).e164 == "+8613912345678"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "phone_revealed")).one()
    assert (entry.actor_id, entry.subject_id) == (broker.id, registration.id)
    assert "139" not in str(entry.facts)


def test_protection_only_grows(session: Session, broker: Person, development: Development, now: datetime) -> None:
    touch = register(session, broker, now, development).touch
    assert touch is not None
    for until, expected in (
        (now + timedelta(days=30), now + timedelta(days=30)),
        (now + timedelta(days=3), now + timedelta(days=30)),
        (None, None),
        (now + timedelta(days=90), None),
    ):
        assert touches.extend(session, touch, until)
        assert touch.protected_until == expected
    touch.retired_at = now
    session.flush()
    assert not touches.extend(session, touch, now + timedelta(days=30))


def race(database: Database, brokers: list[Person], development: Development, now: datetime) -> list[Registration]:
    """All of them register the same client at the same moment, each in a transaction of his own."""
    barrier = Barrier(len(brokers))

    def one(broker: Person) -> Registration:
        barrier.wait()
        with database.transaction() as session:
            return register(session, broker, now, development)

    with ThreadPoolExecutor(len(brokers)) as threads:
        return list(threads.map(one, brokers))


def test_sixteen_at_once_and_one_is_accepted(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        development = make.development(session)
        brokers = [selling_broker(session, development) for _ in range(16)]
    race(database, brokers, development, now)
    with database.reading() as session:
        stored = session.scalars(select(Registration)).all()
        assert Counter(one.code for one in stored) == {None: 1, "protected_by_other": 15}
        assert len({one.client_id for one in stored}) == 1
        assert len(session.scalars(select(Touch)).all()) == 1
        for one in stored:
            checked = receipts.verify(session, receipts.receipt_of(session, one).key)
            assert checked is not None
            assert checked.valid


def test_a_double_tap_is_one_registration(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        development = make.development(session, policy={"daily_limit": 1})
        broker = selling_broker(session, development)
    answers = race(database, [broker] * 4, development, now)
    assert {(one.id, one.outcome) for one in answers} == {(answers[0].id, Outcome.ACCEPTED)}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Registration)) == 1
        assert session.scalar(select(func.count()).select_from(Receipt)) == 1


def test_an_expired_holder_is_replaced_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        development = make.development(session)
        register(session, selling_broker(session, development), now, development)
        brokers = [selling_broker(session, development) for _ in range(8)]
    race(database, brokers, development, now + timedelta(days=7))
    with database.reading() as session:
        holding = session.scalars(select(Touch).where(Touch.retired_at.is_(None))).all()
        assert (len(holding), session.scalar(select(func.count()).select_from(Touch))) == (1, 2)
        outcomes = Counter(session.scalars(select(Registration.outcome)))
        assert outcomes == {Outcome.ACCEPTED: 2, Outcome.REFUSED: 7}


def test_a_walk_in_and_a_registration_at_once(database: Database, now: datetime) -> None:
    """Both doors lead through the same index: one of them holds, and the other one learns it."""
    with database.transaction() as session:
        development = make.development(session)
        broker, reception = selling_broker(session, development), make.person(session, Role.RECEPTION)
    barrier = Barrier(2)

    def walk_in() -> bool:
        barrier.wait()
        with database.transaction() as session:
            visitor = {"development_id": development.id, "phone": PHONE, "name": "王小明"}
            return sign_in_walk_in(session, Actor.of(reception), now, **visitor).new

    def registration() -> str | None:
        barrier.wait()
        with database.transaction() as session:
            return register(session, broker, now, development).code

    with ThreadPoolExecutor(2) as threads:
        walked, registered = threads.submit(walk_in), threads.submit(registration)
        assert (walked.result(), registered.result()) in {(True, "walked_in_first"), (False, None)}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Touch)) == 1
