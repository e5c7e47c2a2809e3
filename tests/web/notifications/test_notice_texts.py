"""The page of all texts: found by a word, seen in both languages by every way, sent to oneself."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.adapters.mail.local import LocalMail
from portal.adapters.sms.local import LocalSms
from portal.db import Database
from portal.models import AuditEntry, Person, Role
from portal.rules.notifications.kinds import KINDS
from portal.services.notifications import addresses
from tests import factories as make
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


@pytest.fixture
def reader(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


FILTERS = {
    "": set(KINDS),
    "q=voucher_ready": {"voucher_ready"},
    "q=is+voided": {"strike_voided"},
    "topic=operation": {name for name, kind in KINDS.items() if kind.topic == "operation"},
    "whom=cashier&importance=money": {
        name for name, kind in KINDS.items() if "cashier" in kind.whom and kind.importance == "money"
    },
    "q=no+such+word": set(),
}


def test_every_kind_is_listed_and_found(reader: PageClient) -> None:
    for query, wanted in FILTERS.items():
        page = reader.get(f"/notices/texts?{query}")
        assert {str(link["href"]).rsplit("/", 1)[1] for link in page.all(".list a")} == wanted, query


def test_every_text_is_seen_in_both_languages(reader: PageClient) -> None:
    """One that has a reader of his own, one that goes out, one that stands in the inbox alone."""
    page = reader.get("notice_texts.show", key="showing_waits")
    assert len(page.all(".text-version")) == 6
    said = {one.text for one in page.all('.text-version[lang="en"] .notice-subject')}
    assert "Your showing in Yunqi Lane is looked at by a person" in said
    page = reader.get("notice_texts.show", key="payout_paid")
    assert "¥23,000.00" in page.one('.text-version[lang="zh"]').text
    letter = reader.http.get(str(page.all(".text-mail a")[0]["href"]))
    assert letter.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )
    reader.get("notice_texts.show", status=404, key="no_such_kind")


def test_a_text_goes_to_oneself_and_is_written_down(app: Flask, store: Database, reader: PageClient) -> None:
    page = reader.get("notice_texts.show", key="payout_paid")
    page.submit({"way": "sms"}, form=".text-try")
    sender = app.extensions["sms"]
    assert isinstance(sender, LocalSms)
    assert sender.inbox()[0].params["what"].startswith("测试：")
    with store.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "notice_text_tried")).one()
    assert entry.facts == {"name": "payout_paid", "way": "sms"}


def test_a_mail_to_nowhere_is_refused_and_ten_an_hour_are_enough(
    app: Flask, store: Database, reader: PageClient, now: datetime
) -> None:
    page = reader.get("notice_texts.show", key="payout_paid")
    assert page.submit({"way": "mail"}, form=".text-try").all(".tone-danger")
    with store.transaction() as session:
        person = session.scalars(select(Person)).one()
        sealed = addresses.seal_address(session, person.id, "chen@example.com")
        row = addresses.settings_of(session, person.id)
        row.mail_sealed, row.mail_confirmed_at = sealed, now
        session.add(row)
    page.submit({"way": "mail"}, form=".text-try")
    sender = app.extensions["post"].sender
    assert isinstance(sender, LocalMail)
    assert sender.inbox()[0].letter.subject.startswith("测试：")
    for _ in range(8):
        page.submit({"way": "mail"}, form=".text-try")
    page.submit({"way": "mail"}, form=".text-try", status=429)
