"""Lost second factors on the pages: who says so learns nothing, two decide, and whose they are can stop it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Person, Role
from portal.services.account_safety import factor_resets
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.second_factors import App, app_with_codes, factor_reset
from tests.web.client import Page, PageClient

PHONE = "13900003333"
MET = {"note": "当面核对过身份证"}


@pytest.fixture
def admins(app: Flask, store: Database) -> list[PageClient]:
    with store.transaction() as session:
        people = [make.person(session, Role.ADMINISTRATOR, name=name) for name in ("苏管理", "程管理")]
    return [PageClient(app, "en").sign_in(person) for person in people]


@pytest.fixture
def cashier(store: Database, now: datetime) -> tuple[Person, App]:
    with store.transaction() as session:
        person = make.person(session, Role.CASHIER, phone=PHONE, name="赵出纳")
        return person, app_with_codes(session, person, now)


def password(app: Flask) -> Page:
    return PageClient(app, "en").get("auth.sign_in").submit({"phone": PHONE, "password": make.PASSWORD})


def waiting(client: PageClient) -> list[str]:
    return client.get("home.index").texts(".tasks li a")


def test_from_the_second_page_to_the_password_alone_a_day_later(
    app: Flask, admins: list[PageClient], cashier: tuple[Person, App], clock: MovableClock
) -> None:
    one, two = admins
    page, again = (password(app).follow("I have lost everything").submit() for _ in range(2))
    assert "An administrator will look into it" in page.main
    assert again.main == page.main, "whatever is known already"
    assert waiting(one) == waiting(two) == ["Lost second factors to decide on 1"]
    page = one.get("home.index").task("Lost second factors to decide on").follow("Propose the reset").submit(MET)
    assert page.texts(".page-title .status") == ["Waits for another person"]
    assert (waiting(one), waiting(two)) == ([], ["Lost second factors to decide on 1"])
    page = two.get("home.index").task("Lost second factors to decide on").follow("赵出纳")
    assert "当面核对过身份证" in page.main
    page = page.submit(button="Yes, confirm")
    assert page.texts(".page-title .status") == ["Waits for its time"]
    assert password(app).h1 == "Second factor"
    clock.move(hours=24)
    page = password(app)
    assert (page.path, "You have no second factor yet" in page.html) == ("/", False)
    person = PageClient(app, "en").sign_in(cashier[0]).get("auth.profile")
    assert "proposed by 苏管理, confirmed by 程管理" in person.main


def test_whose_factors_they_are_reads_it_at_the_sign_in_and_stops_it(
    app: Flask, store: Database, admins: list[PageClient], cashier: tuple[Person, App], now: datetime
) -> None:
    person, phone = cashier
    with store.transaction() as session:
        by = [make.person(session, Role.ADMINISTRATOR) for _ in range(2)]
        reset = factor_resets.propose(session, Actor.of(by[0]), now, session.get_one(Person, person.id), "x")
        factor_resets.confirm(session, Actor.of(by[1]), now, reset)
    page = password(app).submit({"code": phone.shows(now)})
    assert "Your second factors are said to be lost" in " ".join(page.texts(".notice"))
    page = page.client.get("auth.profile").follow("You have them? Stop it there").submit(button="Yes, stop it")
    assert page.texts(".page-title .status") == ["Stopped"]
    assert not page.client.get("auth.profile").all(".tone-warning .banner-title")


def test_who_may_not_decide_sees_no_button_for_it(
    app: Flask, store: Database, admins: list[PageClient], now: datetime
) -> None:
    with store.transaction() as session:
        broker = make.broker(session)
        principal = make.person(session, Role.PRINCIPAL, agency=broker.agency)
        by = make.person(session, Role.ADMINISTRATOR)
        key = factor_reset(session, broker, now, by=by).id
    page = PageClient(app, "en").sign_in(broker).get("factor_resets.show", reset_id=key)
    assert "Yes, confirm" not in page.html
    page = page.submit({"reason": "手机找到了"}, button="Send back")
    assert page.texts(".page-title .status") == ["Sent back"]
    page = PageClient(app, "en").sign_in(principal).get("factor_resets.index")
    assert page.texts("main .status") == ["Sent back"]
    assert PageClient(app, "en").sign_in(by).get("factor_resets.index", state="waits").texts("main .status") == []


def test_a_proposal_says_how_it_was_made_sure(
    admins: list[PageClient], cashier: tuple[Person, App], signed_in: Callable[[Person], PageClient]
) -> None:
    page = admins[0].get("factor_resets.propose", person_id=cashier[0].id).submit({"note": " "}, status=422)
    assert page.errors == ["Say how you made sure who asks: who confirms it reads that."]
