"""A forgotten password: only the account's own phone gets a link, and nobody learns whose number it is."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.actor import SYSTEM
from portal.models import AuditEntry, Person, Role, TextKind, TextMessage
from portal.services.accounts import links, people
from tests import factories as make
from tests.site import refusal

PHONE = "13800007001"


@pytest.fixture
def broker(session: Session) -> Person:
    return make.broker(session, phone=PHONE)


def ask(session: Session, at: datetime, phone: str = PHONE) -> bool:
    return links.ask(session, at, phone, address="192.0.2.1")


def texts(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(TextMessage)) or 0


def test_the_phone_of_the_account_gets_a_link_for_an_hour(session: Session, now: datetime, broker: Person) -> None:
    assert ask(session, now)
    text = session.scalars(select(TextMessage)).one()
    assert (text.person_id, text.kind, text.expires_at) == (broker.id, TextKind.ACCOUNT_LINK, now + timedelta(hours=1))
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "password_link_issued")).one()
    assert (entry.actor_id, entry.address) == (broker.id, "192.0.2.1")


@pytest.mark.parametrize("role", [Role.FINANCE, Role.APPROVER, Role.CASHIER, Role.ADMINISTRATOR])
def test_an_account_that_moves_money_gets_none(session: Session, now: datetime, role: Role) -> None:
    make.person(session, role, phone=PHONE)
    assert not ask(session, now)
    assert texts(session) == 0


def test_neither_does_a_closed_one_nor_a_stranger(session: Session, now: datetime, broker: Person) -> None:
    people.deactivate_person(session, SYSTEM, now, broker)
    assert not ask(session, now)
    assert not ask(session, now, "13800007002")
    assert refusal(lambda: ask(session, now, "12345")) == "invalid_phone"
    assert texts(session) == 0


def test_asking_again_ends_no_link_that_was_just_sent_and_three_a_day_are_the_most(
    session: Session, now: datetime, broker: Person
) -> None:
    minutes = (0, 1, 2, 10, 20, 60 * 24 - 1, 60 * 24)
    sent = [ask(session, now + timedelta(minutes=after)) for after in minutes]
    assert sent == [True, False, True, True, False, False, True]
    assert texts(session) == 4
