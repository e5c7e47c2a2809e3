"""What became of texts whose report never came: asked a few times, bounded, once by however many workers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.delivery import UNREACHABLE, DeliveryFailed
from portal.adapters.sms.inbound import Report
from portal.db import Database
from portal.models import TextKind, TextMessage
from portal.services.messages import reports, texts
from tests import factories as make
from tests.outboxes import Phones, send_texts

HOUR = timedelta(hours=1)


def sent(database: Database, at: datetime, phones: Phones, key: str = "a", kind: TextKind = TextKind.NOTICE) -> None:
    """A text that was handed over."""
    with database.transaction() as session:
        params = {"what": "x", "count": "1"}
        texts.enqueue_to_owner(session, at, make.broker(session), kind, params, key=key, expires_at=at + HOUR)
    send_texts(database, phones, at)


def ask(database: Database, phones: Phones, at: datetime) -> int:
    return reports.run_due(database, phones, lambda: at)


def row(database: Database, key: str = "a") -> TextMessage:
    with database.reading() as session:
        return session.scalars(select(TextMessage).where(TextMessage.key == key)).one()


@pytest.mark.parametrize("why", [None, "MOBILE_NOT_ON_SERVICE"])
def test_a_report_that_was_never_pushed_is_asked_for(database: Database, now: datetime, why: str | None) -> None:
    phones = Phones(reports={"a": Report("a", why)})
    sent(database, now, phones)
    assert (ask(database, phones, now + HOUR / 2), phones.asked) == (0, [])
    assert ask(database, phones, now + HOUR) == 1
    found = row(database)
    assert (found.reported_at, found.not_delivered) == (now + HOUR, why)
    assert ask(database, phones, now + 10 * HOUR) == 0
    assert len(phones.asked) == 1


def test_what_stays_open_is_asked_for_at_each_age_and_then_no_more(database: Database, now: datetime) -> None:
    phones = Phones()
    sent(database, now, phones)
    for hours in range(1, 120):
        ask(database, phones, now + hours * HOUR)
    assert len(phones.asked) == len(reports.AGES)
    assert row(database).reported_at is None


def test_a_provider_that_is_away_is_asked_once_a_round(database: Database, now: datetime) -> None:
    phones = Phones()
    for key in "abc":
        sent(database, now, phones, key)
    phones.failure = DeliveryFailed(UNREACHABLE, carrier=True)
    assert ask(database, phones, now + HOUR) == 0
    assert len(phones.asked) == 1


def test_one_round_is_bounded(database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "A_ROUND", 2)
    phones = Phones()
    for key in "abc":
        sent(database, now, phones, key)
    ask(database, phones, now + HOUR)
    assert len(phones.asked) == 2


@pytest.mark.parametrize("kind", [TextKind.PHONE_CHANGE, TextKind.ERASURE])
def test_what_went_to_another_number_is_not_asked_for(database: Database, now: datetime, kind: TextKind) -> None:
    """The number went with the text; its reader has another one now."""
    phones = Phones(reports={"a": Report("a", None)})
    sent(database, now, phones, kind=kind)
    assert (ask(database, phones, now + HOUR), phones.asked) == (0, [])


def test_of_two_workers_one_asks(database: Database, now: datetime) -> None:
    phones = Phones()
    sent(database, now, phones)
    with ThreadPoolExecutor(4) as pool:
        given: Any = (database, phones, now + HOUR)
        for done in [pool.submit(ask, *given) for _ in range(4)]:
            done.result()
    assert len(phones.asked) == 1
