"""Webhooks on their pages: added, tried, looked at, switched off and on, deleted; what staff see; the stand-in."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from portal.clock import Clock
from portal.crypto import signed_with
from portal.db import Database
from portal.models import Person, Role, WebhookDelivery, WebhookEndpoint
from portal.rules.partner_api.identifiers import Prefix, identifier
from portal.rules.webhooks.signing import Message, headers, signed_by
from portal.services.notifications import worker
from portal.services.webhooks.background import WEBHOOKS, Queue
from tests import factories as make
from tests.factories.notices import endpoint, news
from tests.receiver import Receiver, receiving
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]
OUT = worker.Out(systems=Queue("https://portal.example/api/v1"))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture
def principal(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.PRINCIPAL, agency=make.agency(session))


def sent(app: Flask) -> None:
    assert app.extensions["senders"][WEBHOOKS].settle(20)


def row_of(store: Database) -> WebhookEndpoint:
    with store.reading() as session:
        return session.scalars(select(WebhookEndpoint)).one()


def test_a_principal_adds_a_webhook_tries_it_and_lets_it_go(
    app: Flask, store: Database, principal: Person, signed_in: SignIn, receiver: Receiver
) -> None:
    client = signed_in(principal)
    assert "还没有接收端" in client.get("webhooks.index").main
    page = client.get("webhooks.new")
    page = page.submit({"name": "门店", "url": "http://hooks.example/", "hears": "all", "mode": "live"}, status=422)
    assert "https://" in page.one(".error-summary").text
    page = page.submit({"name": "门店", "url": receiver.url, "hears": "some", "mode": "live"}, status=422)
    assert "请至少勾选一种事件" in page.main
    page = page.submit(
        {"name": "门店", "url": receiver.url, "hears": "some", "types": ["statement_issued"], "mode": "live"}
    )
    secret = page.one(".long-code").text
    assert secret.startswith("whsec_")
    row = row_of(store)
    page = client.get("webhooks.show", endpoint_id=row.id)
    assert secret not in page.html
    page.submit({}, form='form[action$="/test"]')
    sent(app)
    (came,) = receiver.requests
    assert signed_by(came.headers, came.body, secret)
    with store.reading() as session:
        delivery = session.scalars(select(WebhookDelivery)).one()
    page = client.get("webhook_deliveries.show", delivery_id=delivery.id)
    assert "应答 200" in page.main
    page = client.get("webhooks.edit", endpoint_id=row.id)
    page.submit({"name": "总部", "url": receiver.url, "hears": "all"}, form=".form-page")
    assert (row_of(store).name, row_of(store).types) == ("总部", [])
    page = client.get("webhooks.show", endpoint_id=row.id).submit({}, form='form[action$="/secret"]')
    assert page.one(".long-code").text != secret
    for deed, state in (("disable", "已停用"), ("enable", "已启用")):
        page = client.get("webhooks.show", endpoint_id=row.id).submit({}, form=f'form[action$="/{deed}"]')
        assert state in page.main
    client.get("webhooks.show", endpoint_id=row.id).submit({}, form='form[action$="/delete"]')
    assert client.get("webhooks.show", endpoint_id=row.id, status=404)
    assert "还没有接收端" in client.get("webhooks.index").main


def test_the_log_is_narrowed_and_what_failed_is_sent_again(
    app: Flask, store: Database, clock: Clock, principal: Person, signed_in: SignIn, receiver: Receiver
) -> None:
    receiver.answer = 500
    with store.transaction() as session:
        row, _ = endpoint(session, receiver.url, of=principal, types=("statement_issued", "registration_accepted"))
        for kind in ("statement_issued", "registration_accepted"):
            news(session, principal.agency_id, kind, at=clock())
        while worker.hand_on(session, clock(), OUT):
            pass
    client = signed_in(principal)
    app.extensions["senders"][WEBHOOKS].wake()
    sent(app)
    page = client.get("webhooks.show", endpoint_id=row.id)
    assert "最近一次推送失败" in page.main
    page.submit({"sequence": 10**6}, form="#since form", status=422)
    waiting = client.get("webhook_deliveries.index", state="waits")
    assert len(waiting.all("tbody tr")) == 2
    narrowed = client.get("webhook_deliveries.index", kind="statement_issued", webhook=row.id)
    assert len(narrowed.all("tbody tr")) == 1
    links = [one["href"] for one in narrowed.all(".exports a")]
    assert [link.partition("?")[0].rpartition(".")[2] for link in links[:2]] == ["csv", "xlsx"]
    lines = client.download(links[0]).get_data(as_text=True).splitlines()
    assert len(lines) == 3, "who took it, the headings, one delivery"
    assert "statement_issued" in lines[2]
    assert "应答 500" in lines[2]
    assert "没有符合的记录" in client.get("webhook_deliveries.index", state="delivered").main
    receiver.answer = 200
    page.submit({}, form='form[action$="/test"]')  # a person who tries it does not wait for its rest
    sent(app)
    with store.transaction() as session:
        delivery = session.scalars(select(WebhookDelivery).where(WebhookDelivery.delivered_at.is_not(None))).first()
        assert delivery is not None
    page = client.get("webhooks.show", endpoint_id=row.id)
    before = len(receiver.requests)
    page.submit({"sequence": 1}, form="#since form")
    sent(app)
    assert len(receiver.requests) > before
    again = next(one for one in receiver.requests if json.loads(one.body)["type"] == "statement_issued")
    with store.reading() as session:
        one = session.scalars(select(WebhookDelivery).where(WebhookDelivery.message == again.id)).one()
    page = client.get("webhook_deliveries.show", delivery_id=one.id)
    assert "应答 500" in page.main or "应答 200" in page.main


def test_staff_see_whose_systems_are_told_and_nothing_of_what(
    store: Database, principal: Person, signed_in: SignIn
) -> None:
    with store.transaction() as session:
        row, _ = endpoint(session, "https://hooks.example/secret-path?token=1", of=principal)
        manager = make.person(session, Role.CHANNEL_MANAGER)
        other = make.person(session, Role.PRINCIPAL, agency=make.agency(session))
    client = signed_in(manager)
    for page in (client.get("webhooks.index"), client.get("webhooks.show", endpoint_id=row.id)):
        assert "hooks.example" in page.main
        assert "secret-path" not in page.html
    client.get("webhook_deliveries.index", status=403)
    assert "hooks.example" not in signed_in(other).get("webhooks.index").html


def test_anybody_finds_the_public_key_of_an_endpoint(app: Flask, store: Database, principal: Person) -> None:
    with store.transaction() as session:
        row, _ = endpoint(session, of=principal)
        signer = session.signer.of_purpose(f"webhook endpoint {row.id}")
    name = identifier(Prefix.WEBHOOK, row.id)
    (found,) = app.test_client().get(f"/.well-known/webhook-keys/{name}").get_json()["keys"]
    content = b"evt_1.1.{}"
    public = base64.b64decode(found["public_key"].removeprefix("whpk_"))
    assert signed_with(public, content, signer.sign(content))
    for other in ("wh_nothing", identifier(Prefix.WEBHOOK, row.id + 1), identifier(Prefix.DEAL, row.id)):
        assert app.test_client().get(f"/.well-known/webhook-keys/{other}").status_code == 404


class TestStandIn:
    def test_it_shows_what_came_and_whether_the_signature_holds(
        self, app: Flask, store: Database, clock: Clock, principal: Person, signed_in: SignIn
    ) -> None:
        client = signed_in(principal)
        with store.transaction() as session:
            _, secret = endpoint(session, of=principal)
        page = client.get("webhook_stand_in.index")
        page = page.submit({"secret": "whsec_x"}, form='form[action$="/secret"]')
        assert "whsec_" in page.main
        page.submit({"secret": secret}, form='form[action$="/secret"]')
        body = '{"type":"deal_moved_on","sequence":7}'
        signed = headers(Message("evt_1", clock(), body), [secret])
        sender = app.test_client()
        assert sender.post("/dev/webhooks/receive", data=body, headers=signed).status_code == 200
        assert sender.post("/dev/webhooks/receive", data="no json", headers=signed).status_code == 200
        page = client.get("webhook_stand_in.index")
        assert page.main.count("签名有效") == 1
        assert page.main.count("签名无法验证") == 1
        page.submit({"manner": "gone"}, form='form[action$="/manner"]')
        assert sender.post("/dev/webhooks/receive", data=body, headers=signed).status_code == 410

    def test_there_is_none_where_this_machine_is_not_asked(self, app: Flask) -> None:
        config = app.extensions["config"]
        app.extensions["config"] = replace(config, webhook_targets="public")
        try:
            assert app.test_client().get("/dev/webhooks").status_code == 404
            assert app.test_client().post("/dev/webhooks/receive", data="{}").status_code == 404
        finally:
            app.extensions["config"] = config
