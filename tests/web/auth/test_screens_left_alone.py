"""A browser that is known again, and a screen that nobody uses: who is shown out, and what becomes of the typed."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from portal.config import Config
from portal.db import Database
from portal.models import Person, Role
from portal.rules.accounts.lockout import Limits
from portal.web.auth import known_devices
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import Page, PageClient

PHONE = "13900001111"
RIGHT = {"phone": PHONE, "password": make.PASSWORD}
WRONG = {"phone": PHONE, "password": "something else"}


@pytest.fixture
def config(config: Config) -> Config:
    """Here a screen that nobody uses is signed out, as everywhere but in other tests."""
    return replace(config, idle_minutes=30, idle_hours=12)


@pytest.fixture
def person(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.ADMINISTRATOR, phone=PHONE, name="周敏")


@pytest.fixture
def visitor(app: Flask) -> PageClient:
    return PageClient(app, "en")


def enter(visitor: PageClient) -> Page:
    return visitor.get("/sign-in").submit(RIGHT)


def test_a_device_that_the_account_knows_stays_open(
    app: Flask, visitor: PageClient, person: Person, clock: MovableClock
) -> None:
    """Whoever knows the phone can close strange devices, from the very network of its owner, and not the owner's."""
    enter(visitor)
    visitor.get("auth.profile").submit(form="main form[action='/sign-out']")
    clock.move(seconds=1)
    stranger = PageClient(app, "en")
    for _ in range(Limits().here):
        stranger.get("auth.sign_in").submit(WRONG, status=422)
    assert "closed here until" in stranger.get("auth.sign_in").submit(RIGHT, status=422).main
    assert enter(visitor).h1 == "Today"


def test_the_cookie_of_a_known_device_cannot_be_made_up(app: Flask, visitor: PageClient, person: Person) -> None:
    enter(visitor)
    true = visitor.http.get_cookie("portal_device").value
    payload, _dot, rest = true.partition(".")
    for made_up in (f"{true[:-2]}{'A' if true[-2] != 'A' else 'B'}{true[-1]}", f"e30.{rest}", payload, "", "..", "é"):
        with app.test_request_context(headers={"Cookie": f"portal_device={made_up}".encode().decode("latin-1")}):
            assert known_devices.presented() is None, made_up
    with app.test_request_context(headers={"Cookie": f"portal_device={true}"}):
        assert known_devices.presented()
        assert str(person.id) in known_devices.presented().marks


def test_a_tablet_of_several_people_knows_each_of_them_and_is_new_with_each(
    app: Flask, visitor: PageClient, person: Person, store: Database
) -> None:
    with store.transaction() as session:
        other = make.person(session, Role.RECEPTION, phone="13900002222")
    seen = []
    for phone in (PHONE, "13900002222"):
        visitor.get("auth.sign_in").submit({"phone": phone, "password": make.PASSWORD})
        cookie = visitor.http.get_cookie("portal_device")
        with app.test_request_context(headers={"Cookie": f"portal_device={cookie.value}"}):
            seen.append(known_devices.presented())
        visitor.get("auth.profile").submit(form="main form[action='/sign-out']")
    assert set(seen[1].marks) == {str(person.id), str(other.id)}
    assert seen[0].id != seen[1].id, "nobody can have prepared it for who comes next"


def test_a_screen_that_nobody_uses_is_signed_out_and_says_why(
    visitor: PageClient, person: Person, clock: MovableClock
) -> None:
    enter(visitor)
    clock.move(minutes=29)
    assert "nothing is done on it for 30 minutes" in visitor.get("auth.profile").main
    clock.move(minutes=30)
    page = visitor.get("admin.people", role="administrator")
    assert page.h1 == "Sign in"
    assert page.notices == ["You were signed out: nothing was done here for 30 minutes."]
    assert page.submit(RIGHT).h1 == "People", "and goes on where one was"


class TestAFormThatWasSentTooLate:
    TYPED = {"role": "reception", "name": "何青\n", "phone": "139 0000 4444"}  # noqa: RUF012 - read only

    @pytest.fixture
    def door(self, visitor: PageClient, person: Person, clock: MovableClock) -> Page:
        """The sign-in page that answers a form whose sender was signed out meanwhile."""
        enter(visitor)
        form = visitor.get("admin.person_new")
        clock.move(minutes=31)
        page = form.submit(self.TYPED, status=401)
        assert page.h1 == "Sign in"
        assert "What you typed is kept." in page.main
        assert not page.one("input[name=phone]").get("value"), "the phone that was typed is not who signs in"
        return page

    def test_is_sent_when_the_same_person_is_back(self, door: Page, store: Database) -> None:
        page = door.submit(RIGHT)
        assert page.h1 == "You are signed in again"
        assert "139 0000 4444" in page.main
        with store.reading() as session:
            assert not session.scalars(select(Person).where(Person.name == "何青")).all(), "nothing is sent by itself"
        assert page.submit(button="Send it now").h1 == "何青"

    def test_survives_a_wrong_password(self, door: Page) -> None:
        assert door.submit(WRONG, status=422).submit(RIGHT).h1 == "You are signed in again"

    def test_is_nobody_elses(self, door: Page, store: Database) -> None:
        with store.transaction() as session:
            make.person(session, Role.ADMINISTRATOR, phone="13900005555")
        page = door.submit({"phone": "13900005555", "password": make.PASSWORD})
        assert page.h1 != "You are signed in again"
        assert "139 0000 4444" not in page.html

    def test_cannot_be_made_up(self, visitor: PageClient, person: Person) -> None:
        form = visitor.get("auth.sign_in")
        fields = {**RIGHT, "csrf_token": form.one("main input[name=csrf_token]")["value"], "resume": "e30.x.y"}
        answer = visitor.http.post("/sign-in", data=fields)
        assert answer.status_code == 302


def test_a_stranger_who_sends_a_form_is_asked_to_sign_in(visitor: PageClient, person: Person) -> None:
    form = visitor.get("auth.sign_in").one("main input[name=csrf_token]")
    answer = visitor.http.post("/admin/people/new", data={"csrf_token": form["value"], "name": "x"})
    assert answer.headers["Location"].startswith("/sign-in")
