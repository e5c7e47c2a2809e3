"""Asking for erasure without an account, and two people who answer it by clicking."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import Database
from portal.models import Client, ErasureRequest, ErasureState, Role, TextKind, TextMessage
from tests import factories as make
from tests.web.client import PageClient

PHONE = "13912345678"
REFUSES = "form[action$='/refuse']"


def code_of(visitor: PageClient) -> str:
    found = re.search(r"\b\d{6}\b", PageClient(visitor.app).get("inbox.index").main)
    assert found
    return found.group()


def test_a_client_asks_and_two_people_erase(app: Flask, store: Database, client: PageClient) -> None:
    with store.transaction() as session:
        known = make.client(session, phone=PHONE)
        over = make.touch(session, client=known, protected_until=make.BEFORE)
        make.registration(session, touch=over)
        officer, second = (make.person(session, role) for role in (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR))
    page = client.get("erasure_page.begin").submit({"phone": PHONE})
    assert page.submit({"code": "1"}, status=422).errors
    done = page.submit({"code": code_of(client)})
    assert done.h1 == "您的请求已登记"
    assert "两位同事" in done.follow("在此查看处理结果").main
    assert not client.http._cookies
    with store.reading() as session:
        row = session.scalars(select(ErasureRequest)).one()

    pages = PageClient(app).sign_in(officer)
    assert "待答复的删除请求" in pages.get("home.index").main
    shown = pages.get("erasure.show", request_id=row.id)
    assert "姓名：2" in shown.main
    shown = shown.submit(form="form[action$='/erase']")
    assert "等另一人确认" in shown.main
    deciding = PageClient(app).sign_in(second).get("erasure.show", request_id=row.id)
    shown = deciding.submit(form="form[action$='/confirm']")
    assert "凭证 1" in shown.main
    with store.reading() as session:
        assert session.get_one(ErasureRequest, row.id).state is ErasureState.FINISHED
        assert session.get_one(Client, known.id).phone_sealed == b""
        assert (
            session.scalars(select(TextMessage).where(TextMessage.kind == TextKind.ERASURE)).one().number_sealed is None
        )
    after = client.get("erasure_page.result", key=row.key)
    assert "已删除" in after.main
    (proof,) = client.http.get(f"/erase/r/{row.key}.json").get_json()
    assert proof["algorithm"] == "Ed25519"


@pytest.mark.parametrize("account", [None, Role.BROKER])
def test_what_is_true_is_said_behind_the_code_alone(store: Database, client: PageClient, account: Role | None) -> None:
    if account is not None:
        with store.transaction() as session:
            make.person(session, account, phone=PHONE)
    page = client.get("erasure_page.begin").submit({"phone": PHONE})
    assert "139****5678" in page.main
    done = page.submit({"code": code_of(client)})
    assert done.h1 == "没有可删除的信息"
    assert ("登录号码" in done.main) == (account is not None)


def test_what_cannot_go_on_begins_anew(client: PageClient) -> None:
    assert client.get("erasure_page.finish", token="made-up").path == "/erase/"
    page = client.get("erasure_page.begin")
    assert page.submit({"phone": "12"}, status=422).errors
    client.get("erasure_page.result", status=404, key="nobody")


def test_the_officer_takes_a_request_down_by_papers_or_code(app: Flask, store: Database, client: PageClient) -> None:
    with store.transaction() as session:
        known = make.client(session, phone=PHONE)
        officer = make.person(session, Role.PRIVACY_OFFICER)
    pages = PageClient(app).sign_in(officer)
    page = pages.get("erasure.ask_client", client_id=known.id)
    asks, codes = "form[action$='/new']", "form[action$='/code']"
    assert page.submit({}, form=asks, status=422).errors
    page = page.submit(form=codes)
    assert page.submit({"code": "1"}, form=asks, status=422).errors
    shown = page.submit({"code": code_of(client)}, form=asks)
    assert shown.h1.startswith("删除请求")
    again = pages.get("erasure.ask_client", client_id=known.id).submit({"papers": True}, form=asks)
    assert again.path == shown.path
    refused = again.submit({"words": ""}, form=REFUSES, status=422)
    assert refused.errors
    shown = refused.submit({"words": "不是本人"}, form=REFUSES)
    assert "不是本人" in shown.main
    shown = shown.submit(form="form[action$='/withdraw']")
    assert shown.all(REFUSES), "it may be answered in another way"
