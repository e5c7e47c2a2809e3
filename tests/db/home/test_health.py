"""The signs of life as they are found in the tables, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.access.actor import SYSTEM
from portal.models import DealImport, ImportState, MailKind, Period, PeriodState, Role, TextKind, TextMessage
from portal.rules.accounts.lockout import Origin
from portal.rules.vital_signs import HealthLimits, Level, Vital
from portal.services import audit
from portal.services.accounts import sign_in_tries
from portal.services.events.operation import BACKUP
from portal.services.home import health
from portal.services.messages import mails, texts
from tests import factories as make

HOUR = timedelta(hours=1)


def standing(session: Session, now: datetime) -> dict[Vital, str]:
    """The signs that are not fine, but those that have never come."""
    found = health.signs(session, now, HealthLimits())
    return {one.vital: f"{one.level} {one.why}" for one in found if one.level is not Level.FINE and one.why != "never"}


def waiting_text(session: Session, now: datetime, key: str = "k") -> TextMessage:
    person = make.person(session, Role.BROKER)
    until = now + timedelta(days=7)
    return texts.enqueue_to_owner(session, now, person, TextKind.BANK_CHANGE, {}, key=key, expires_at=until)


def test_what_ran_last_is_known_by_its_name(session: Session, now: datetime) -> None:
    for name in ("worker", "sweep", "retention", BACKUP):
        health.note(session, name, now - HOUR)
        health.note(session, name, now, rows=1)
    found = {one.vital: one.at for one in health.signs(session, now, HealthLimits())}
    assert {found[vital] for vital in (Vital.WORKER, Vital.SWEEP, Vital.RETENTION, Vital.BACKUP)} == {now}
    assert health.worker_sign(session, now, HealthLimits()).level is Level.FINE
    assert health.worker_sign(session, now + HOUR, HealthLimits()).level is Level.WRONG


def test_the_oldest_message_that_waits(session: Session, now: datetime) -> None:
    text = waiting_text(session, now - HOUR)
    until = now + timedelta(days=3)
    mails.enqueue(
        session,
        now,
        "m",
        mails.NewMail(MailKind.EMPLOYEE_CHECK, "a@b.example", params={}, locale="en", expires_at=until),
    )
    assert standing(session, now) == {Vital.MESSAGES: "wrong waits"}
    text.failure = "no_answer"
    assert standing(session, now) == {Vital.MESSAGES: "wrong waits"}
    text.failure = "isv.BUSINESS_LIMIT_CONTROL"  # its reader got too many: that is no fault of the portal's
    assert standing(session, now) == {}
    text.failure, text.next_try_at, text.params_sealed, text.sent_at = None, None, None, now
    assert standing(session, now) == {}


def test_what_was_given_up_is_counted_by_why(session: Session, now: datetime) -> None:
    given_up = [("expired", 0), ("expired", 0), ("isv.X", 0), ("opted_out", 0), ("expired", 1)]
    for place, (why, days) in enumerate(given_up):
        row = waiting_text(session, now - timedelta(days=days), key=f"k{place}")
        row.params_sealed = row.next_try_at = None
        row.given_up_at, row.failure = now - timedelta(days=days), why
    assert health.lost(session, now) == [health.Lost("texts", "expired", 2), health.Lost("texts", "isv.X", 1)]


def test_an_import_under_way_for_long(session: Session, now: datetime) -> None:
    person = make.person(session, Role.FINANCE)
    row = DealImport(
        state=ImportState.CHECKING, name="a", digest="0" * 64, rows=1, columns={}, uploaded_by=person.id,
        uploaded_at=now - timedelta(days=1),
    )  # fmt: skip
    session.add(row)
    session.flush()
    assert standing(session, now) == {Vital.IMPORTS: "wrong waits"}
    row.state, row.confirmed_by, row.confirmed_at = ImportState.APPLYING, person.id, now
    assert standing(session, now) == {}
    row.state = ImportState.READY
    row.confirmed_by = None
    assert standing(session, now + HOUR * 9) == {}, "one that waits for its uploader is not stuck"


@pytest.mark.parametrize(
    ("trouble", "age", "expected"), [(None, 1, None), ("fault", 1, "wrong broken"), (None, 200, "wrong waits")]
)
def test_a_close_that_stands_still(
    session: Session, now: datetime, trouble: str | None, age: int, expected: str | None
) -> None:
    numbers = {
        column.name: 0
        for column in Period.__table__.columns
        if column.type.python_type is int and column.name not in {"id", "started_by"}
    }
    began = {"started_by": make.person(session, Role.FINANCE).id, "started_at": now - timedelta(minutes=age)}
    session.add(Period(month="2026-02", state=PeriodState.CLOSING, trouble=trouble, **began, **numbers))
    session.flush()
    assert standing(session, now) == ({Vital.CLOSES: expected} if expected else {})


def test_a_ledger_that_does_not_hold_is_wrong(session: Session, now: datetime) -> None:
    facts = {"holds": False, "number": 3, "what": "digest", "reference": "", "batches": 3, "transfers": 9, "lines": 9}
    audit.record(session, SYSTEM, now, "ledger_verified", "ledger", **facts)
    assert standing(session, now) == {Vital.LEDGER: "wrong broken"}


def test_figures_are_counts_and_ages_alone(session: Session, now: datetime) -> None:
    waiting_text(session, now - HOUR)
    health.note(session, "worker", now - timedelta(seconds=40))
    found = {(one.name, *one.labels): one.value for one in health.gauges(session, now, HealthLimits())}
    assert found["portal_sign_level", ("sign", "messages")] == 2
    assert found["portal_sign_level", ("sign", "worker")] == 0
    assert found["portal_sign_age_seconds", ("sign", "worker")] == 40
    assert found["portal_messages_waiting", ("outbox", "texts")] == 1
    assert found["portal_messages_given_up", ("outbox", "mails")] == 0
    assert found[("portal_accounts",)] == 1


def test_accounts_sessions_and_tries_are_those_of_now(session: Session, now: datetime) -> None:
    """No closed account, no session that is over, no try of the day before."""
    person = make.person(session, Role.FINANCE)
    make.person(session, Role.CASHIER, deactivated_at=now)
    make.web_session(session, person=person, at=now)
    make.web_session(session, person=person, at=now).ended_at = now
    make.web_session(session, person=person, at=now - timedelta(days=400))
    before = now - timedelta(hours=25)
    for at, succeeded in [(now, True), (now, False), (now, False), (before, True), (before, False)]:
        sign_in_tries.note(session, at, person.phone_index, Origin("192.0.2.1"), succeeded=succeeded)
    session.flush()
    found = health.vital_signs(session, now, HealthLimits())
    assert (found.people, found.sessions, found.sign_ins, found.failed_sign_ins) == (1, 1, 1, 2)
