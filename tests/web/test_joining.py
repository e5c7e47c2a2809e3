"""Joining as a citizen broker: the public page, the code, the first password, and what staff see of it."""

import re

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.models import Development, Joining, Person, Referrer, Role, TextMessage
from tests import factories as make
from tests.web.client import Page, PageClient

PHONE = "138 0000 9001"


@pytest.fixture
def development(store: Database) -> Development:
    with store.transaction() as session:
        return make.development(session, policy={"self_joining": 1})


@pytest.fixture
def manager(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.CHANNEL_MANAGER)


def code_sent(client: PageClient) -> str:
    found = re.search(r"\b\d{6}\b", client.get("inbox.index").main)
    assert found
    return found.group()


def asked(client: PageClient, development: Development, **given: str) -> Page:
    return client.get("joining.begin", development_id=development.id, **given).submit({"phone": PHONE})


def test_from_the_page_to_ones_own_poster(client: PageClient, development: Development, store: Database) -> None:
    page = asked(client, development, c="wechat")
    assert "138****9001" in page.main
    page = page.submit({"code": code_sent(client), "name": "王小明", "terms": True}, button="加入并设置密码")
    assert page.path.startswith("/welcome/")
    page = page.submit({"password": "a long enough one 7", "again": "a long enough one 7"})
    assert page.path == "/poster/"
    assert page.h1 == "我的海报"
    with store.reading() as session:
        assert session.scalars(select(Joining)).one().campaign == "wechat"


def test_nothing_that_was_typed_is_lost(client: PageClient, development: Development) -> None:
    page = asked(client, development)
    page = page.submit({"code": "1", "name": "王小明"}, button="加入并设置密码", status=422)
    assert page.one("#name")["value"] == "王小明"
    page = page.submit({"terms": True}, button="加入并设置密码", status=422)
    assert "还可以试 4 次" in page.main
    again = page.submit(button="再发一次验证码", status=422)
    assert "验证码" in again.one(".error-summary").get_text()
    assert client.get("joining.begin", development_id=development.id).submit({"phone": "12"}, status=422).errors


def test_a_machine_learns_nothing_and_costs_no_text(
    client: PageClient, development: Development, store: Database
) -> None:
    page = client.get("joining.begin", development_id=development.id)
    page.submit({"phone": PHONE, "website": "https://x.example"})
    with store.reading() as session:
        assert not session.scalars(select(TextMessage)).all()


def test_closed_pages_say_so(client: PageClient, store: Database) -> None:
    with store.transaction() as session:
        closed = make.development(session)
    assert client.get("joining.begin", development_id=closed.id, status=404).h1 == "暂时不可以"
    assert client.get("joining.begin", development_id=10**6, status=404)
    assert client.get("joining.finish", token="made-up", status=410)


def test_a_broker_is_told_where_to_go(client: PageClient, development: Development, store: Database) -> None:
    with store.transaction() as session:
        make.broker(session, phone=PHONE.replace(" ", ""))
    page = asked(client, development)
    page = page.submit(
        {"code": code_sent(client), "name": "王小明", "terms": True}, button="加入并设置密码", status=409
    )
    assert page.one("main a.btn-primary")["href"] == "/sign-in"


def test_staff_see_who_joined_from_where_and_end_it(
    client: PageClient, development: Development, manager: Person, signed_in, store: Database
) -> None:
    page = asked(client, development, c="moments")
    page.submit({"code": code_sent(client), "name": "王小明", "terms": True}, button="加入并设置密码")
    desk = signed_in(manager)
    page = desk.get("joining_desk.index").follow("谁加入了")
    assert "王小明" in page.main
    page = page.follow("王小明")
    assert "朋友圈" in page.main
    assert "127.0.0.1" in page.main
    page = page.follow("停用推荐码")
    assert page.submit({"reason": " "}, status=422).errors
    page = page.submit({"reason": "冒用他人姓名"})
    assert "冒用他人姓名" in page.main
    with store.reading() as session:
        referrer = session.scalars(select(Referrer)).one()
        assert client.get("landing.show", code=referrer.code, status=410)
        own = signed_in(referrer.person)
    assert "冒用他人姓名" in own.get("my_code.show").main
    page = page.submit(button="是的，恢复")
    assert client.get("landing.show", code=referrer.code)
    assert not desk.get("referrers.index", joined="staff").all("tbody tr")
    assert desk.download("joining_desk.picture", development_id=development.id).mimetype == "image/png"
