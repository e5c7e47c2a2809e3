"""The door: signing in, staying in, and being shown out with the next request."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.access.actor import SYSTEM
from portal.adapters.turns import Turns
from portal.config import Config
from portal.db import Database
from portal.models import Person, Role, WebSession
from portal.rules.accounts.lockout import Limits
from portal.services.accounts import passwords, people
from portal.services.accounts.sign_in import prove_again
from portal.services.accounts.sign_in_tries import Place
from portal.web.words.devices import device_words
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import Page, PageClient

PHONE = "13900001111"
GOOD = "sunny rivers run deep"
RIGHT = {"phone": PHONE, "password": make.PASSWORD}
WRONG = {"phone": PHONE, "password": "something else"}

SignedIn = Callable[[Person], PageClient]


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


def enter(visitor: PageClient, address: str = "/sign-in") -> Page:
    return visitor.get(address).submit(RIGHT)


def test_signing_in_leads_to_where_one_wanted_to_go(visitor: PageClient, person: Person) -> None:
    asked = visitor.get("admin.people", role="administrator")
    assert asked.h1 == "Sign in"
    page = asked.submit(RIGHT)
    assert page.h1 == "People"
    assert "role=administrator" in page.address


def test_a_wrong_password_keeps_the_phone_and_says_what_to_do(visitor: PageClient, person: Person) -> None:
    page = visitor.get("auth.sign_in").submit(WRONG, status=422)
    assert "Phone or password is not right" in page.main
    assert page.one("input[name=phone]")["value"] == PHONE
    assert not page.one("input[name=password]").get("value")


def test_too_many_tries_close_the_account_until_an_instant(
    visitor: PageClient, person: Person, clock: MovableClock
) -> None:
    for _ in range(Limits().here):
        visitor.get("auth.sign_in").submit(WRONG, status=422)
    page = visitor.get("auth.sign_in").submit(RIGHT, status=422)
    assert "closed here until Mar 10, 2026 10:15" in page.main
    clock.move(minutes=15)
    assert enter(visitor).h1 == "Today"


def test_knocking_too_often_meets_a_calm_page(visitor: PageClient) -> None:
    form = visitor.get("auth.sign_in")
    for number in range(30):
        form.submit({"phone": f"139000{number:05d}", "password": "x"}, status=422)
    assert form.submit(RIGHT, status=429).h1 == "A short break, please"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"],
)
def test_the_way_on_never_leads_to_another_site(visitor: PageClient, person: Person, elsewhere: str) -> None:
    page = visitor.get(visitor.address("auth.sign_in", next=elsewhere) + "#/")
    assert page.submit(RIGHT).path == "/"
    again = visitor.http.get("/sign-in", query_string={"next": elsewhere})
    assert again.headers["Location"] == "/", "nor when one is signed in already"


def test_nothing_of_the_cookie_before_survives_the_sign_in(visitor: PageClient, person: Person) -> None:
    """Who prepared a visitor's cookie would otherwise know its form token afterwards."""
    form = visitor.get("auth.sign_in")
    with visitor.http.session_transaction() as cookie:
        before = cookie["csrf_token"]
        cookie["planted"] = "by somebody else"
        cookie["locale"] = "en"
    form.submit(RIGHT)
    with visitor.http.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["csrf_token"] != before
        assert cookie["locale"] == "en"
        assert cookie.permanent


def test_a_form_without_its_token_is_refused(app: Flask, person: Person) -> None:
    assert app.test_client().post("/sign-in", data=RIGHT).status_code == 400


def test_deactivating_a_person_ends_access_with_the_next_request(
    visitor: PageClient, person: Person, store: Database, clock: MovableClock
) -> None:
    enter(visitor)
    assert visitor.get("admin.people").h1 == "People"
    with store.transaction() as session:
        make.person(session, Role.ADMINISTRATOR)
        people.deactivate_person(session, SYSTEM, clock(), session.get_one(Person, person.id))
    assert visitor.get("admin.people").h1 == "Sign in"
    assert visitor.get("auth.sign_in").submit(RIGHT, status=422).errors == []


def test_closing_an_agency_shows_its_people_out(signed_in: SignedIn, store: Database, clock: MovableClock) -> None:
    with store.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL)
    client = signed_in(principal)
    client.get("agency.brokers")
    with store.transaction() as session:
        session.get_one(Person, principal.id).agency.deactivated_at = clock()
    assert client.get("agency.brokers").path == "/sign-in"


def test_a_session_ends_after_its_days_though_it_is_used(
    visitor: PageClient, person: Person, store: Database, clock: MovableClock
) -> None:
    enter(visitor)
    for days, heading in ((13, "Me"), (1, "Sign in")):
        clock.move(days=days)
        with store.transaction() as session:
            session.scalars(select(WebSession)).one().seen_at = clock()
        assert visitor.get("auth.profile").h1 == heading
    assert visitor.get("auth.sign_in").notices == ["You were signed out: a sign-in lasts 14 days."]


def test_signing_out_ends_the_session_and_not_only_the_cookie(visitor: PageClient, person: Person) -> None:
    enter(visitor)
    with visitor.http.session_transaction() as cookie:
        stolen = cookie["_user_id"]
    page = visitor.get("auth.profile").submit(form="main form[action='/sign-out']")
    assert page.h1 == "Sign in"
    with visitor.http.session_transaction() as cookie:
        cookie["_user_id"] = stolen
    assert visitor.get("auth.profile").h1 == "Sign in"


def test_another_device_can_be_signed_out(app: Flask, visitor: PageClient, person: Person) -> None:
    other = PageClient(app, "en").sign_in(person)
    enter(visitor)
    page = visitor.get("auth.profile")
    assert len(page.all(".devices > li")) == 2
    page = page.submit(form=".devices form")
    assert "That device is signed out." in page.html
    assert len(page.all(".devices > li")) == 1
    assert other.get("auth.profile").h1 == "Sign in"


def test_all_others_can_be_signed_out_at_once(app: Flask, visitor: PageClient, person: Person) -> None:
    others = [PageClient(app, "en").sign_in(person) for _ in range(2)]
    enter(visitor)
    visitor.get("auth.profile").submit(button="Yes, sign them out")
    assert [other.get("auth.profile").h1 for other in others] == ["Sign in", "Sign in"]
    assert visitor.get("auth.profile").h1 == "Me"


def test_the_profile_shows_a_masked_phone_and_the_role_in_words(signed_in: SignedIn, person: Person) -> None:
    page = signed_in(person).get("auth.profile")
    assert "139****1111" in page.main
    assert PHONE not in page.html
    assert "管理员" in page.main


def test_the_password_is_changed_by_who_knows_it(visitor: PageClient, person: Person) -> None:
    enter(visitor)
    form = visitor.get("auth.password")
    twice = {"password": GOOD, "again": GOOD}
    assert form.submit({"old": "guess", **twice}, status=422).errors == ["This is not your present password."]
    wrong = form.submit({"old": make.PASSWORD, "password": GOOD, "again": "other"}, status=422)
    assert wrong.errors == ["This is not the same as above."]
    page = form.submit({"old": make.PASSWORD, "password": PHONE, "again": PHONE}, status=422)
    assert page.errors == ["Your phone number is no secret. Choose another password."]
    assert form.submit({"old": make.PASSWORD, **twice}).h1 == "Me"


def test_the_present_password_is_not_found_by_trying(visitor: PageClient, person: Person, store: Database) -> None:
    enter(visitor)
    form = visitor.get("auth.password")
    with store.transaction() as session:
        row = session.scalars(select(WebSession)).one()
        for _ in range(Limits().device):
            prove_again(session, row.started_at, row, Place("", ""), matched=False)
    page = form.submit({"old": make.PASSWORD, "password": GOOD, "again": GOOD}, status=422)
    assert page.errors[0].startswith("Too many wrong passwords. Try again at")


def test_the_houses_own_name_is_no_password(visitor: PageClient, person: Person) -> None:
    enter(visitor)
    form = visitor.get("auth.password")
    page = form.submit({"old": make.PASSWORD, "password": "qiaoyuan2026", "again": "qiaoyuan2026"}, status=422)
    assert page.errors[0].startswith("This password would soon be guessed")


def test_a_welcome_link_is_of_use_once(visitor: PageClient, store: Database, clock: MovableClock) -> None:
    with store.transaction() as session:
        invited = make.person(session, Role.FINANCE, has_password=False, name="许晴")
        link = people.issue_link(session, SYSTEM, clock(), invited)
    page = visitor.get("auth.welcome", token=link.token)
    assert "许晴" in page.main
    short = page.submit({"password": "short", "again": "short"}, status=422)
    assert short.errors == ["Use at least 10 characters."]
    assert page.submit({"password": GOOD, "again": GOOD}).h1 == "Today"
    again = visitor.get("auth.welcome", token=link.token, status=409)
    assert "used already" in again.main


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14; M2102K1C) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 "
            "MicroMessenger/8.0.49 NetType/WIFI Language/zh_CN",
            "WeChat on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 "
            "Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/125.0 Safari/537.36 Edg/125.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0", "Firefox on Linux"),
        ("curl/8.5", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_devices_are_called_as_people_call_them(app: Flask, user_agent: str, words: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert device_words(user_agent) == words


DOORS = ("sign-in", "welcome", "me/password")


@pytest.fixture
def at_door(visitor: PageClient, person: Person, store: Database, clock: MovableClock) -> Callable[..., Page]:
    """Send the form of each door at which a password is worked on."""

    def send(door: str, status: int = 200) -> Page:
        if door == "sign-in":
            return visitor.get("auth.sign_in").submit(RIGHT, status=status)
        if door == "welcome":
            with store.transaction() as session:
                token = people.issue_link(session, SYSTEM, clock(), session.get_one(Person, person.id)).token
            return visitor.get("auth.welcome", token=token).submit({"password": GOOD, "again": GOOD}, status=status)
        visitor.sign_in(person)
        change = {"old": make.PASSWORD, "password": GOOD, "again": GOOD}
        return visitor.get("auth.password").submit(change, status=status)

    return send


@pytest.mark.parametrize("door", DOORS)
def test_nobody_who_writes_waits_for_a_password(
    door: str, at_door: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def watched(work: Callable[..., object]) -> Callable[..., object]:
        return lambda *given: (held.append("session" in g), work(*given))[1]

    for name in ("matches", "hash_password"):
        monkeypatch.setattr(passwords, name, watched(getattr(passwords, name)))
    at_door(door)
    assert held
    assert not any(held)


@pytest.mark.parametrize("door", DOORS)
def test_where_too_many_passwords_are_worked_on_one_comes_again(
    door: str, at_door: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Turns(at_once=1, waiting=0, wait_seconds=0, refuse=passwords._busy)
    with full.take():
        monkeypatch.setattr(passwords, "_turns", full)
        page = at_door(door, 503)
    assert page.headers["Retry-After"] == "3"
    assert "Try again in 3 seconds" in page.main
    if door == "sign-in":
        assert page.one("input[name=phone]")["value"] == PHONE
    monkeypatch.undo()
    at_door(door)


def test_a_forgotten_password_is_chosen_anew_by_a_text_and_no_number_tells(
    app: Flask, client: PageClient, store: Database
) -> None:
    with store.transaction() as session:
        broker = make.broker(session, phone="13800007001")
        make.web_session(session, person=broker, at=app.extensions["clock"]())
    said = [
        client.get("auth.sign_in").follow("忘记密码？").submit({"phone": phone}).main
        for phone in ("13800007001", "13800007002")
    ]
    assert said[0] == said[1]
    assert "如该号码有账号" in said[0]
    page = client.get("inbox.index").follow("打开链接")
    page = page.submit({"password": GOOD, "again": GOOD})
    assert page.path == "/"
    with store.reading() as session:
        assert len(session.scalars(select(WebSession).where(WebSession.ended_at.is_(None))).all()) == 1
