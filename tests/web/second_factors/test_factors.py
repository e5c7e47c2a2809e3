"""Signing in with a second factor, and a person's own factors."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask

from portal.db import Database
from portal.models import Person, Role
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.second_factors import App, app_with_codes
from tests.web.client import Page, PageClient

PHONE = "13900003333"


@pytest.fixture
def person(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.CASHIER, phone=PHONE)


@pytest.fixture
def phone(store: Database, person: Person, now: datetime) -> App:
    with store.transaction() as session:
        return app_with_codes(session, session.get_one(Person, person.id), now)


@pytest.fixture
def required(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production: roles that move money must have a second factor."""
    monkeypatch.setitem(app.extensions, "config", replace(app.extensions["config"], second_factor="required"))


def sent(client: PageClient, address: str, **fields: str) -> int:
    """The answer's status to a form that no page has shown."""
    client.app.config["WTF_CSRF_ENABLED"] = False
    try:
        return client.http.post(address, data=fields).status_code
    finally:
        client.app.config["WTF_CSRF_ENABLED"] = True


def password(client: PageClient, where: str = "auth.sign_in") -> Page:
    return client.get(where).submit({"phone": PHONE, "password": make.PASSWORD})


def test_the_password_alone_opens_nothing(client: PageClient, phone: App, now: datetime) -> None:
    page = password(client)
    assert page.h1 == "两步验证"
    for closed in ("auth.profile", "factors.index", "batches.index"):
        assert client.get(closed).h1 == "登录", "half signed in is not signed in"
    page = client.get("second_factor.ask")
    page = page.submit({"code": " "}, status=422)
    assert page.errors == ["请输入六位数字或恢复码。"]
    assert "选填" not in page.main
    page = page.submit({"code": "000000"}, status=422)
    assert page.errors == ["验证码不对，或已经用过。请等应用显示下一组数字，或输入恢复码。"]
    page = page.submit({"code": phone.shows(now)})
    assert page.path == "/"
    assert client.get("auth.profile").h1 == "我的"
    assert client.get("second_factor.ask").path == "/", "who is in is asked no more"


def test_where_one_wanted_to_go_and_what_was_typed_come_along(client: PageClient, phone: App, now: datetime) -> None:
    page = client.get("factors.index")
    assert page.path == "/sign-in"
    page = page.submit({"phone": PHONE, "password": make.PASSWORD}).submit({"code": phone.shows(now)})
    assert page.path == "/me/factors/"


def test_nobody_comes_to_the_second_step_without_the_first(client: PageClient, phone: App) -> None:
    assert client.get("second_factor.ask").path == "/sign-in"
    assert sent(client, "/sign-in/second/passkey") == 409


def test_after_ten_minutes_one_begins_anew(client: PageClient, phone: App, clock: MovableClock) -> None:
    page = password(client)
    clock.move(minutes=10)
    assert page.submit({"code": "000000"}).path == "/sign-in"


def test_adding_an_app_takes_a_scan_and_a_code(
    client: PageClient, person: Person, now: datetime, store: Database
) -> None:
    client.sign_in(person)
    page = client.get("factors.new_app")
    app = App(page.one("code").get_text())
    again = page.submit({"code": "000000"}, status=422)
    assert again.one("code").get_text() == app.secret, "the same QR code is shown again"
    page = again.submit({"code": app.shows(now)})
    assert page.h1 == "您的恢复码"
    codes = page.texts(".codes code")
    assert len(codes) == 10
    assert not client.get("factors.index").all(".codes")
    visitor = PageClient(client.app)
    page = password(visitor)
    assert page.submit({"code": codes[0]}).path == "/"
    page = client.get("factors.index")
    assert "还有 9 个恢复码可用" in page.main
    page = page.submit({"name": "工作手机"}, button="保存")
    assert "工作手机" in page.main
    page = page.submit(button="确认移除")
    assert "您还没有启用两步验证" in page.main


@pytest.mark.usefixtures("required")
def test_whose_role_needs_one_is_led_there(signed_in: Callable[[Person], PageClient], person: Person) -> None:
    cashier = signed_in(person)
    assert "您还没有启用两步验证" in " ".join(cashier.get("home.index").notices)
    page = cashier.get("batches.index")
    assert page.path == "/me/factors/"
    assert sent(cashier, "/batches") == 303
    assert cashier.get("payouts.index").path == "/payouts", "what is only read stays open"


@pytest.mark.usefixtures("required")
def test_who_has_one_works_as_before(signed_in: Callable[[Person], PageClient], person: Person, phone: App) -> None:
    cashier = signed_in(person)
    assert cashier.get("batches.index").path == "/batches"
    page = cashier.get("factors.index").submit(button="确认移除")
    assert "这是您最后一种两步验证方式" in page.main


def test_a_browser_without_passkeys_is_offered_an_app(client: PageClient, person: Person) -> None:
    client.sign_in(person)
    assert client.get("factors.index").all("[data-passkey]")
    client.http.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49"
    assert not client.get("factors.index").all("[data-passkey]")
    assert sent(client, "/me/factors/passkeys/options") == 409


def test_another_persons_factor_is_not_there(
    client: PageClient, person: Person, phone: App, store: Database, now: datetime
) -> None:
    with store.transaction() as session:
        other = make.person(session, Role.FINANCE)
    client.sign_in(other)
    for named in ("app:1", "passkey:1", "app:x", ""):
        assert sent(client, "/me/factors/remove", factor=named) == 404
