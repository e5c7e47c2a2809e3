"""How one is told: ways, digest and address chosen on a page, and changed by the links in mails."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from sqlalchemy import select

from portal.adapters.mail.local import LocalMail
from portal.db import Database
from portal.models import DigestEvery, NoticeSettings, Person
from portal.rules.notifications.kind import Channel, Topic
from portal.services.notifications import addresses
from tests import factories as make
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


def _broker(store: Database) -> Person:
    with store.transaction() as session:
        return make.broker(session)


def _choices(store: Database, person: Person) -> object:
    with store.reading() as session:
        return addresses.choices_of(session, [person.id])[person.id]


def test_ways_and_a_digest_are_chosen(store: Database, signed_in: SignIn, now: datetime) -> None:
    person = _broker(store)
    page = signed_in(person).get("notice_settings.show")
    assert all(box.has_attr("disabled") for box in page.all('input[value="security.inbox"]'))
    kept = [str(box["value"]) for box in page.all("input[name=wanted][checked]") if box["value"] != "standing.sms"]
    page = page.submit({"wanted": kept, "digest": "day", "digest_hour": "18"}, form="main form:has(table)")
    assert page.all('input[value="standing.sms"][checked]') == []
    assert _choices(store, person)[Topic.STANDING, Channel.SMS] is False
    with store.reading() as session:
        row = session.scalars(select(NoticeSettings)).one()
    assert (row.digest, row.digest_hour) == (DigestEvery.DAY, 18)
    assert row.digest_due_at == now.replace(hour=10)


def test_an_address_is_confirmed_by_the_button_behind_its_link(
    app: Flask, store: Database, signed_in: SignIn, client: PageClient
) -> None:
    person = _broker(store)
    broker = signed_in(person)
    form = {"form": 'form[action="/inbox/settings/mail"]'}
    assert broker.get("notice_settings.show").submit({"address": "no address"}, status=422, **form).errors
    broker.get("notice_settings.show").submit({"address": "wang@example.com"}, **form)
    mailbox = app.extensions["post"].sender
    assert isinstance(mailbox, LocalMail)
    letter = mailbox.inbox()[0].letter
    link = next(word for word in letter.text.split() if "/inbox/address/" in word).partition("//")[2].partition("/")[2]
    page = client.get(f"/{link}")
    with store.reading() as session:
        assert session.scalars(select(NoticeSettings)).one().mail_confirmed_at is None
    page.submit()
    with store.reading() as session:
        assert session.scalars(select(NoticeSettings)).one().mail_confirmed_at is not None
    client.get(f"/{link}x", status=404)
    broker.get("notice_settings.show").submit(form='form[action="/inbox/settings/mail/remove"]')
    client.get(f"/{link}", status=404)


def test_a_mail_program_stops_a_topic_by_one_request(store: Database, client: PageClient) -> None:
    person = _broker(store)
    with store.reading() as session:
        token = addresses.stop_token(session, person.id, Topic.STANDING)
    client.get(f"/inbox/stop/{token}")
    assert _choices(store, person) == {}, "to look is not to stop"
    client.http.post(f"/inbox/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert _choices(store, person) == {(Topic.STANDING, Channel.MAIL): False}
    client.get(f"/inbox/stop/{token}")
    client.get(f"/inbox/stop/{token}x", status=404)
