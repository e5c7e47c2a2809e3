"""Joining as a citizen broker: the public page, the code, the first password, and what staff see of it."""

import re
from datetime import datetime
from io import BytesIO

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Development, Invitation, Joining, Person, Referrer, Role, TextMessage
from portal.services import contacts
from portal.services.contacts import Phone
from portal.services.joining import invitations
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


def test_the_page_has_the_posters_picture_before_anybody_refers(client: PageClient, development: Development) -> None:
    picture = client.get("joining.begin", development_id=development.id).one("img.landing-view")
    assert client.http.get(str(picture["src"])).mimetype == "image/jpeg"


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
        assert "此邀请已结束" in client.get("landing.show", code=referrer.code).main
        own = signed_in(referrer.person)
    assert "冒用他人姓名" in own.get("my_code.show").main
    page = page.submit(button="确认恢复")
    assert client.get("landing.show", code=referrer.code)
    assert not desk.get("referrers.index", joined="staff").all("tbody tr")
    assert desk.download("joining_desk.picture", development_id=development.id).mimetype == "image/png"


LIST = "业主姓名,手机号,房号\n王小明,13800009002,3-1202\n李四,12,\n"


def test_a_list_of_homeowners_is_looked_at_and_then_invited(
    development: Development, manager: Person, signed_in, store: Database
) -> None:
    desk = signed_in(manager)
    page = desk.get("invitations.index").follow("邀请业主")
    page = page.submit({"development_id": str(development.id), "file": (BytesIO(LIST.encode()), "业主.csv")})
    assert "138****9002" in page.main
    assert "第 3 行" in page.main
    with store.reading() as session:
        assert not session.scalars(select(Invitation)).all()
    page = page.submit(button="邀请 1 位业主")
    assert "已邀请 1 位业主" in page.html
    assert "王小明" in page.main


@pytest.fixture
def invited(store: Database, development: Development, manager: Person, now: datetime) -> str:
    with store.transaction() as session:
        place = session.get_one(Development, development.id)
        row = invitations.invite(
            session, Actor.of(manager), now, place, name="王小明", phone=Phone("+8613800009003"), home="3-1"
        )
        assert row is not None
        row.digest = contacts.vault_of(session).keyed_digest("secret", "referrer invitation")
    return "secret"


def test_who_is_invited_joins(client: PageClient, invited: str, manager: Person, signed_in) -> None:
    page = client.get("invited.show", token=invited)
    assert manager.name in page.main
    page = page.submit({"name": "王"}, button="加入并设置密码", status=422)
    page = page.submit({"name": "王小明", "terms": True}, button="加入并设置密码")
    assert page.path.startswith("/welcome/")
    assert client.get("invited.show", token=invited, status=410)
    page = signed_in(manager).get("invitations.index", state="accepted").follow("王小明")
    assert "已加入" in page.main


def test_who_is_invited_says_no(client: PageClient, invited: str, manager: Person, signed_in) -> None:
    assert client.get("invited.show", token=invited).submit(button="不用了，谢谢").h1 == "感谢告知"
    assert client.get("invited.show", token=invited, status=410)
    desk = signed_in(manager)
    page = desk.get("invitations.index").follow("王小明")
    assert "已谢绝" in page.main
    assert desk.download("invitations.download", kind="csv").data.count(b"138****9003") == 1


def test_an_invitation_is_taken_back(client: PageClient, invited: str, manager: Person, signed_in) -> None:
    page = signed_in(manager).get("invitations.index").follow("王小明")
    page = page.submit(button="重新发送邀请")
    assert "刚发送不久" in page.html
    assert client.get("invited.show", token=invited)
    page = page.submit(button="确认撤回")
    assert client.get("invited.show", token=invited, status=410)


def test_a_page_is_opened_in_the_settings(client: PageClient, manager: Person, signed_in, store: Database) -> None:
    with store.transaction() as session:
        place = make.development(session)
    desk = signed_in(manager)
    page = desk.get("partners.development_edit", development_id=place.id)
    assert page.submit({"self_joining": "1", "joining_daily_limit": "7"}).path.endswith(f"/{place.id}")
    assert client.get("joining.begin", development_id=place.id)
