"""Partners sign in by WeChat: what its stand-in answers, and what somebody else could do with it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.actor import Actor
from portal.adapters.provider_sign_in.local_wechat import LocalWeChatSignIn
from portal.config import Config
from portal.db import Database
from portal.models import AccountTie, AuditEntry, Event, Person, Role
from portal.rules.provider_sign_in.claims import ProviderName
from portal.services import contacts
from portal.services.account_safety import alarms
from portal.services.accounts import people
from portal.services.app_messages import reach
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.second_factors import app_with_codes
from tests.web.client import Page, PageClient

SignIn = Callable[[Person], PageClient]
PHONE = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49"
ME, OTHER = "以阿明的身份登录", "以小周的身份登录"


@pytest.fixture
def config(config: Config) -> Config:
    """The address at which the test's browser reads, so that it keeps its cookie on the way."""
    return replace(config, base_url="http://localhost")


@pytest.fixture
def wechat(app: Flask) -> LocalWeChatSignIn:
    stand_in = app.extensions["providers"][ProviderName.WECHAT]
    assert isinstance(stand_in, LocalWeChatSignIn)
    return stand_in


@pytest.fixture
def broker(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.BROKER, name="阿明")


@pytest.fixture
def inside(client: PageClient) -> PageClient:
    """Somebody who reads in WeChat's own browser."""
    client.http.environ_base["HTTP_USER_AGENT"] = PHONE
    return client


def tied(me: PageClient, who: str = ME, *, status: int = 200) -> Page:
    """The own account, tied on its page to somebody in WeChat."""
    return me.get("auth.profile").submit(button="关联微信").follow("到微信登录").submit(button=who, status=status)


def signed_out(me: PageClient) -> None:
    me.get("auth.profile").submit(form='main form[action="/sign-out"]')


def asked(client: PageClient) -> str:
    """What WeChat is asked when somebody presses the button."""
    return client.get("provider_sign_in.begin", by="wechat").address.partition("?")[2].partition("#")[0]


def held(store: Database) -> list[AccountTie]:
    with store.reading() as session:
        return list(session.scalars(select(AccountTie).where(AccountTie.ended_at.is_(None))))


def test_a_broker_ties_wechat_once_and_comes_in_by_one_tap(
    inside: PageClient, wechat: LocalWeChatSignIn, broker: Person, store: Database
) -> None:
    inside.sign_in(broker)
    assert tied(inside).path == "/me"
    signed_out(inside)
    page = inside.get("auth.sign_in", next="/me")
    assert page.all("main a.btn, main button.btn")[0].get_text(strip=True) == "用微信登录", "it stands first"
    assert page.follow("用微信登录").submit(button=ME).path == "/me"
    with store.reading() as session:
        assert reach.subject_of(session, broker.id, wechat.issuer) == "o-wx0000000000stand-0"
        told = list(session.scalars(select(Event.kind).order_by(Event.id)))
        assert told[0] == "wechat_tied"
    page = inside.get("auth.profile").submit(form='form[action="/me/wechat-sign-in/part"]')
    assert "微信今后不能再登录本账号" in page.html
    signed_out(inside)
    page = inside.get("auth.sign_in").follow("用微信登录").submit(button=ME, status=422)
    assert "还没有关联账号" in page.main
    with store.reading() as session:
        deeds = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.like("wechat%")).order_by(AuditEntry.id)
        ).all()
    assert deeds == ["wechat_tied", "wechat_tie_ended"]


def test_on_a_desk_the_code_is_scanned_and_it_is_the_same_person(
    inside: PageClient, app: Flask, wechat: LocalWeChatSignIn, broker: Person
) -> None:
    inside.sign_in(broker)
    tied(inside)
    desk = PageClient(app)
    page = desk.get("auth.sign_in")
    assert page.all("main a.btn, main button.btn")[0].get_text(strip=True) == "登录", (
        "elsewhere the password stands first"
    )
    page = page.follow("用微信登录")
    assert page.path == "/dev/provider/wechat/qrconnect"
    assert page.submit(button=ME).path == "/"


def test_nobody_else_comes_in_by_it(inside: PageClient, wechat: LocalWeChatSignIn, broker: Person) -> None:
    inside.sign_in(broker)
    tied(inside)
    signed_out(inside)
    page = inside.get("auth.sign_in").follow("用微信登录").submit(button=OTHER, status=422)
    assert page.one("main a.btn-primary")["href"] == "/sign-in?next=/me", "after the password they tie the two"


def test_the_staff_do_not_come_by_wechat(
    inside: PageClient, wechat: LocalWeChatSignIn, store: Database, signed_in: SignIn, app: Flask
) -> None:
    with store.transaction() as session:
        finance = make.person(session, Role.FINANCE)
    me = signed_in(finance)
    assert "关联微信" not in me.get("auth.profile").html
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        page = Page(me, "/me/wechat-sign-in", me.http.post("/me/wechat-sign-in"))
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
    assert page.follow("到微信登录").submit(button=ME, status=422).main
    assert held(store) == []


def test_an_answer_opens_the_browser_that_asked_once_and_no_other(
    inside: PageClient, app: Flask, wechat: LocalWeChatSignIn, broker: Person
) -> None:
    inside.sign_in(broker)
    tied(inside)
    signed_out(inside)
    back = wechat.sign_in("阿明", asked(inside))
    assert back is not None
    stranger = PageClient(app)
    stranger.get("provider_sign_in.begin", by="wechat")
    stranger.get(back, status=422)  # another browser, which asked for itself
    assert inside.get(back).path == "/"
    signed_out(inside)
    inside.get("provider_sign_in.begin", by="wechat")
    inside.get(back, status=422)  # its own answer of before
    code = back.partition("code=")[2].partition("&")[0]
    again = inside.get("provider_sign_in.begin", by="wechat").address.partition("state=")[2].partition("#")[0]
    page = inside.get(f"/wechat-sign-in/back?code={code}&state={again}", status=422)  # a code that was used
    assert "40163" in page.main


def test_a_code_of_the_website_is_none_of_the_official_account(
    inside: PageClient, app: Flask, wechat: LocalWeChatSignIn, broker: Person
) -> None:
    inside.sign_in(broker)
    tied(inside)
    signed_out(inside)
    desk = asked(PageClient(app))
    stolen = (wechat.sign_in("阿明", desk) or "").partition("code=")[2].partition("&")[0]
    state = inside.get("provider_sign_in.begin", by="wechat").address.partition("state=")[2].partition("#")[0]
    page = inside.get(f"/wechat-sign-in/back?code={stolen}&state={state}", status=422)
    assert "40029" in page.main


def test_an_answer_that_comes_to_another_providers_address_is_none(
    inside: PageClient, wechat: LocalWeChatSignIn, broker: Person
) -> None:
    """So no provider is handed the code of another one (mix-up)."""
    back = wechat.sign_in("阿明", asked(inside))
    assert back is not None
    inside.get(back.replace("/wechat-sign-in/", "/company-sign-in/"), status=422)
    inside.get(back, status=422)  # and the question is spent


def test_two_accounts_are_not_tied_to_one_wechat(
    inside: PageClient, wechat: LocalWeChatSignIn, broker: Person, store: Database
) -> None:
    with store.transaction() as session:
        other = make.person(session, Role.BROKER)
    inside.sign_in(broker)
    tied(inside)
    inside.sign_in(other)
    assert "已" in tied(inside, status=422).main
    assert [one.person_id for one in held(store)] == [broker.id]


def test_what_was_begun_too_long_ago_is_begun_anew_with_one_press(
    inside: PageClient, wechat: LocalWeChatSignIn, broker: Person, clock: MovableClock
) -> None:
    inside.sign_in(broker)
    page = inside.get("auth.profile").submit(button="关联微信").follow("到微信登录")
    back = wechat.sign_in("阿明", page.address.partition("?")[2].partition("#")[0])
    assert back is not None
    clock.move(minutes=10)
    page = inside.get(back, status=422).submit(button="重新用微信登录")
    assert page.follow("到微信登录").submit(button=ME).path == "/me"


def test_wechat_takes_the_place_of_the_password_and_of_nothing_else(
    inside: PageClient, app: Flask, wechat: LocalWeChatSignIn, store: Database, now: datetime
) -> None:
    """A principal's bank details want the password or the second factor, however he came in."""
    with store.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL)
    inside.sign_in(principal)
    tied(inside)
    signed_out(inside)
    app.extensions["config"] = replace(app.extensions["config"], step_up_minutes=5)
    inside.get("auth.sign_in").follow("用微信登录").submit(button=ME)
    account = {"holder": "杭州中介有限公司", "bank": "工商银行", "account": "6222021234567890128"}
    page = inside.get("bank_details.mine").submit({**account, "old": ""}, status=401)
    assert page.one("[name=step_up-old]"), "who has no second factor types the password"
    with store.transaction() as session:
        phone = app_with_codes(session, session.get_one(Person, principal.id), now)
    signed_out(inside)
    page = inside.get("auth.sign_in").follow("用微信登录").submit(button=ME)
    assert page.path == "/sign-in/second", "who has one is asked for it all the same"
    assert page.submit({"code": phone.shows(now)}).path == "/"
    inside.get("bank_details.mine").submit(account, status=401)


def test_who_says_this_was_not_me_is_not_found_by_what_the_other_one_tied(
    inside: PageClient, wechat: LocalWeChatSignIn, broker: Person, store: Database, now: datetime
) -> None:
    inside.sign_in(broker)
    tied(inside)
    signed_out(inside)
    with store.transaction() as session:
        alarms.raise_alarm(session, Actor.of(broker), now, session.get_one(Person, broker.id), keep=0)
    assert held(store) == []
    inside.get("auth.sign_in").follow("用微信登录").submit(button=ME, status=422)


def test_a_number_that_is_invited_again_is_not_opened_by_its_former_owners_wechat(
    inside: PageClient, wechat: LocalWeChatSignIn, broker: Person, store: Database, now: datetime
) -> None:
    inside.sign_in(broker)
    tied(inside)
    with store.transaction() as session:
        person = session.get_one(Person, broker.id)
        number = contacts.open_phone(session, person).e164
        people.deactivate_person(session, Actor(None, None), now, person)
        principal = make.person(session, Role.PRINCIPAL)
        people.create_person(session, Actor.of(principal), now, role=Role.BROKER, name="新人", phone=number)
    assert held(store) == []
