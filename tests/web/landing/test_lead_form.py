"""The form that friends fill in: what it takes, what a script cannot do with it, and that nothing typed is lost."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import Database
from portal.models import Consent, Lead, Referrer
from portal.rules.privacy import consent
from portal.rules.privacy.consent import CURRENT_VERSION, Purpose
from portal.web.landing import lead_forms
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import Page, PageClient

FRIEND = {"name": "王小明", "phone": "139 1234 5678", "contact": True}


@pytest.fixture
def referrer(store: Database) -> Referrer:
    with store.transaction() as session:
        return make.referrer(session)


@pytest.fixture
def landing(client: PageClient, referrer: Referrer) -> Page:
    return client.get("landing.show", code=referrer.code)


def friend() -> dict[str, object]:
    return FRIEND | {"phone": make.new_phone()}


def leads_of(store: Database) -> list[Lead]:
    with store.reading() as session:
        return list(session.scalars(select(Lead)))


class TestAName:
    @pytest.mark.parametrize("name", ["\u200b\u200b", "\u3164\u3164", "\u2800", "\u202e", "。", "　"])
    def test_that_shows_nothing_is_none(self, store: Database, landing: Page, name: str) -> None:
        page = landing.submit(FRIEND | {"name": name}, status=422)
        assert page.all("#name-error")
        assert leads_of(store) == []

    @pytest.mark.parametrize("name", ["王小明", "O'Neill", "阿杰🌸", "မောင်", "李 4"])
    def test_of_anybody_is_taken(self, landing: Page, name: str) -> None:
        assert landing.submit(FRIEND | {"name": name}).path.startswith("/r/thanks/")


class TestThePage:
    def test_is_good_for_its_own_code_only(self, client: PageClient, store: Database, landing: Page) -> None:
        with store.transaction() as session:
            other = make.referrer(session).code
        landing.one("main form[method=post]")["action"] = client.address("landing.leave", code=other)
        landing.submit(friend(), status=422).submit()
        assert len(leads_of(store)) == 1

    def test_is_good_for_five_leads_an_hour_and_can_be_sent_again(self, store: Database, landing: Page) -> None:
        for _ in range(5):
            landing.submit(friend())
        typed = friend()
        page = landing.submit(typed, status=429)
        assert (page.one("#name")["value"], page.one("#phone")["value"]) == (typed["name"], typed["phone"])
        assert page.all(".error-summary")
        assert len(leads_of(store)) == 5
        assert page.submit().path.startswith("/r/thanks/"), "it is a new page by now"

    def test_nothing_is_lost_when_it_is_sent_too_often(self, landing: Page) -> None:
        page = landing
        for _ in range(30):
            page = page.submit(FRIEND | {"phone": "123"}, status=422)
        page = page.submit(FRIEND, status=429)
        assert page.one("#name")["value"] == "王小明"
        assert page.one("#phone")["value"] == FRIEND["phone"]

    def test_forms_that_do_not_hold_shut_nobody_out(self, app: Flask, referrer: Referrer, store: Database) -> None:
        visitor = PageClient(app)
        address = visitor.address("landing.leave", code=referrer.code)
        for number in range(130):
            visitor.http.post(address, environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"})
        assert visitor.get("landing.show", code=referrer.code).submit(FRIEND).path.startswith("/r/thanks/")

    def test_one_address_fills_a_part_of_a_day(self, app: Flask, store: Database) -> None:
        with store.transaction() as session:
            development = make.development(session, policy={"lead_daily_limit": 5})
            code = make.referrer(session, development=development).code
        visitor = PageClient(app)
        for _ in range(2):
            visitor.get("landing.show", code=code).submit(friend())
        visitor.get("landing.show", code=code).submit(friend(), status=429)
        address = visitor.address("landing.show", code=code)
        token = str(visitor.get(address).one("main form[method=post] input[name=csrf_token]")["value"])
        data = {"name": "王小明", "phone": "13912345678", "contact": "y", "csrf_token": token}
        answer = visitor.http.post(address, data=data, environ_overrides={"REMOTE_ADDR": "192.0.2.9"})
        assert answer.status_code == 302

    def test_a_full_day_is_said_kindly_and_keeps_what_was_typed(self, client: PageClient, store: Database) -> None:
        with store.transaction() as session:
            development = make.development(session, policy={"lead_daily_limit": 1})
            code = make.referrer(session, development=development).code
        address = client.address("landing.show", code=code)
        answers = []
        for number in range(2):
            token = str(client.get(address).one("main form[method=post] input[name=csrf_token]")["value"])
            data = {"name": "王小明", "phone": make.new_phone(), "contact": "y", "csrf_token": token}
            answers.append(client.http.post(address, data=data, environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"}))
        assert [answer.status_code for answer in answers] == [302, 422]
        page = Page(client, address, answers[1])
        assert page.one("#name")["value"] == "王小明"
        assert page.all(".error-summary")


class TestTheWords:
    @pytest.fixture
    def new_words(self, monkeypatch: pytest.MonkeyPatch) -> Mapping[Purpose, str]:
        words = MappingProxyType({**CURRENT_VERSION, Purpose.CONTACT: "99"})
        for module in (consent, lead_forms):
            monkeypatch.setattr(module, "CURRENT_VERSION", words)
        return words

    def test_that_are_kept_are_those_that_were_read(self, store: Database, landing: Page) -> None:
        landing.submit(FRIEND | {"progress": True})
        with store.reading() as session:
            kept = {one.purpose: (one.version, one.locale) for one in session.scalars(select(Consent))}
        assert kept == {
            purpose: (CURRENT_VERSION[purpose], "zh_Hans_CN") for purpose in (Purpose.CONTACT, Purpose.PROGRESS)
        }

    def test_that_have_changed_are_shown_and_agreed_to_anew(
        self, store: Database, landing: Page, request: pytest.FixtureRequest
    ) -> None:
        request.getfixturevalue("new_words")
        page = landing.submit(FRIEND, status=422)
        assert leads_of(store) == []
        assert page.one("#name")["value"] == "王小明"
        assert not page.one("#contact").has_attr("checked")
        page.submit({"contact": True})
        with store.reading() as session:
            assert session.scalars(select(Consent.version)).one() == "99"

    def test_of_a_page_that_is_old_too_are_not_agreed_to_by_it(
        self, store: Database, landing: Page, clock: MovableClock, request: pytest.FixtureRequest
    ) -> None:
        clock.move(days=8)
        request.getfixturevalue("new_words")
        page = landing.submit(FRIEND, status=422)
        assert not page.one("#contact").has_attr("checked")


def test_the_box_of_a_consent_is_tied_to_what_is_wrong_with_it(landing: Page) -> None:
    box = landing.submit(FRIEND | {"contact": False}, status=422).one("#contact")
    assert box["aria-invalid"] == "true"
    assert set(str(box["aria-describedby"]).split()) == {"contact-words", "contact-error"}
    assert not landing.one("#contact").has_attr("aria-invalid")


@pytest.mark.parametrize("typed", ["a/b", "//", "K7M4/2QX9", "..", "?x"])
def test_a_code_that_cannot_be_one_has_a_kind_page(client: PageClient, typed: str) -> None:
    page = client.get("landing.type_code", status=404, code=typed)
    assert page.one("input[name=code]")
