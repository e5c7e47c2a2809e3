"""Sign-in: the lock-out by account and by address, and the life of a session."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.models import Person, Role
from portal.rules.lockout import Limits
from portal.services import passwords, sign_in
from tests import factories as make

PHONE = "13900003333"
LIMITS = Limits(account=3, address=5, minutes=15)


@pytest.fixture
def person(session: Session) -> Person:
    return make.person(session, Role.FINANCE, phone=PHONE)


def attempt(
    session: Session, now: datetime, *, phone: str = PHONE, password: str = make.PASSWORD, address: str = "192.0.2.1"
) -> str | Refusal:
    try:
        account = sign_in.look_up(session, now, phone=phone, address=address, limits=LIMITS)
    except Refusal as refusal:
        return refusal
    matched = passwords.matches(account.stored, password)
    place = {"address": address, "device": "tests", "days": 14}
    return sign_in.sign_in(session, now, account, matched=matched, **place, limits=LIMITS)


def fail(session: Session, now: datetime, times: int, **given: str) -> None:
    for _ in range(times):
        assert attempt(session, now, password="wrong", **given) == Refusal("sign_in_failed")


def test_the_secret_of_the_cookie_finds_the_session(session: Session, now: datetime, person: Person) -> None:
    secret = attempt(session, now, phone="139-0000-3333")
    assert isinstance(secret, str)
    row = sign_in.find_session(session, now, secret)
    assert row
    assert row.person is person
    assert secret not in row.token_digest


def test_an_unknown_phone_and_a_wrong_password_get_one_answer(session: Session, now: datetime, person: Person) -> None:
    unknown, wrong = attempt(session, now, phone="13900004444"), attempt(session, now, password="x")
    assert unknown == wrong == Refusal("sign_in_failed")


def test_an_account_without_password_cannot_be_entered(session: Session, now: datetime) -> None:
    make.person(session, Role.FINANCE, phone=PHONE, password_hash=None)
    assert attempt(session, now, password="") == Refusal("sign_in_failed")


def test_an_account_closes_for_a_while_after_failures(session: Session, now: datetime, person: Person) -> None:
    fail(session, now, 3)
    until = now + timedelta(minutes=15)
    assert attempt(session, now + timedelta(minutes=14)) == Refusal("sign_in_locked", until=until)
    assert attempt(session, now, address="198.51.100.7") == Refusal("sign_in_locked", until=until), "from anywhere"
    assert isinstance(attempt(session, until), str), "the end itself is open again"


def test_the_lock_is_not_prolonged_by_knocking(session: Session, now: datetime, person: Person) -> None:
    fail(session, now, 3)
    for minute in range(1, 15):
        attempt(session, now + timedelta(minutes=minute), password="wrong")
    assert isinstance(attempt(session, now + timedelta(minutes=15)), str)


def test_failures_slide_out_one_by_one(session: Session, now: datetime, person: Person) -> None:
    for minute in (0, 5, 10):
        fail(session, now + timedelta(minutes=minute), 1)
    assert attempt(session, now + timedelta(minutes=14)) == Refusal("sign_in_locked", until=now + timedelta(minutes=15))
    fail(session, now + timedelta(minutes=15), 1)
    assert attempt(session, now + timedelta(minutes=16)) == Refusal("sign_in_locked", until=now + timedelta(minutes=20))


def test_a_success_forgives_the_account(session: Session, now: datetime, person: Person) -> None:
    fail(session, now, 2)
    assert isinstance(attempt(session, now + timedelta(minutes=1)), str)
    fail(session, now + timedelta(minutes=2), 2)
    assert isinstance(attempt(session, now + timedelta(minutes=3)), str)


def test_an_address_closes_over_many_accounts(session: Session, now: datetime, person: Person) -> None:
    for number in range(5):
        fail(session, now, 1, phone=f"1390000500{number}")
    assert attempt(session, now) == Refusal("sign_in_locked", until=now + timedelta(minutes=15))
    assert isinstance(attempt(session, now, address="198.51.100.7"), str), "others are not locked out by it"


def test_an_attackers_own_success_does_not_open_the_address(session: Session, now: datetime, person: Person) -> None:
    make.person(session, Role.REFERRER, phone="13900006666")
    for number in range(4):
        fail(session, now, 1, phone=f"1390000500{number}")
    assert isinstance(attempt(session, now, phone="13900006666"), str)
    fail(session, now, 1, phone="13900005009")
    assert isinstance(attempt(session, now), Refusal)


def test_guesses_that_were_looked_up_at_once_are_counted_one_by_one(
    session: Session, now: datetime, person: Person
) -> None:
    """Each was looked up before any of them was counted; the right one among them comes too late."""
    account = sign_in.look_up(session, now, phone=PHONE, address="192.0.2.1", limits=LIMITS)
    place = {"address": "192.0.2.1", "device": "tests", "days": 14, "limits": LIMITS}
    tried = [sign_in.sign_in(session, now, account, matched=nth == 3, **place) for nth in range(4)]
    locked = Refusal("sign_in_locked", until=now + timedelta(minutes=15))
    assert tried == [Refusal("sign_in_failed")] * 3 + [locked]


def test_a_password_that_was_replaced_meanwhile_opens_nothing(session: Session, now: datetime, person: Person) -> None:
    account = sign_in.look_up(session, now, phone=PHONE, address="192.0.2.1")
    person.password_hash = "another one"
    place = {"address": "192.0.2.1", "device": "tests", "days": 14}
    assert sign_in.sign_in(session, now, account, matched=True, **place) == Refusal("sign_in_failed")


def test_a_session_ends_with_its_days(session: Session, now: datetime, person: Person) -> None:
    secret = attempt(session, now)
    assert isinstance(secret, str)
    end = now + timedelta(days=14)
    assert sign_in.find_session(session, end - timedelta(seconds=1), secret)
    assert sign_in.find_session(session, end, secret) is None
