"""A friend on a bad network: nothing that was typed is lost, and nothing is needed but HTML."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.db import Database
from portal.models import Lead, Referrer
from tests.browser.neighbours import asks_for_a_visit, homeowner_of
from tests.browser.people import Someone
from tests.browser.stage import Windows

NAME, PHONE = "欧阳小明", "13711112223"


@pytest.fixture
def landing(store: Database) -> str:
    """The address of a homeowner's page."""
    with store.transaction() as session:
        homeowner_of(session)
        return f"/r/{session.scalars(select(Referrer.code)).one()}"


def types(friend: Someone) -> None:
    friend.fills("Your name", NAME)
    friend.fills("Your phone number", PHONE)


def finds_it(friend: Someone, name: str = NAME, phone: str = PHONE) -> None:
    expect(friend.field("Your name")).to_have_value(name)
    expect(friend.field("Your phone number")).to_have_value(phone)


def test_without_a_network_the_page_says_so_and_sends_it_later(windows: Windows, landing: str, store: Database) -> None:
    friend = Someone(windows.phone(), "landing-offline")
    friend.page.goto(landing)
    types(friend)
    friend.ticks("I agree to be contacted")
    friend.page.context.set_offline(True)
    friend.presses("Arrange a visit")
    friend.reads("The network is gone. What you typed is still here: send it again when you are back.")
    friend.looks("1-lost")
    finds_it(friend)
    friend.page.context.set_offline(False)
    friend.presses("Arrange a visit")
    friend.is_at("Thank you, we have your request")
    with store.reading() as session:
        assert len(session.scalars(select(Lead)).all()) == 1


def test_a_request_that_is_lost_on_its_way_loses_nothing_else(windows: Windows, landing: str) -> None:
    windows.allow("ERR_FAILED|Failed to load resource")
    friend = Someone(windows.phone(), "landing-lost")
    friend.page.goto(landing)
    types(friend)
    friend.ticks("I agree to be contacted")
    friend.page.route("**/r/*", lambda route: route.abort("failed"))
    with friend.page.expect_event("requestfailed"):
        friend.presses("Arrange a visit")
    friend.page.unroute("**/r/*")
    friend.page.goto(landing)
    finds_it(friend)
    expect(friend.page.get_by_role("checkbox").first).not_to_be_checked()
    friend.ticks("I agree to be contacted")
    friend.presses("Arrange a visit")
    friend.is_at("Thank you, we have your request")
    assert friend.page.context.cookies() == []
    friend.page.goto(landing)
    finds_it(friend, "", "")


def test_it_works_without_scripts(windows: Windows, landing: str) -> None:
    friend = Someone(windows.phone(java_script_enabled=False), "landing-plain")
    friend.page.goto(landing)
    asks_for_a_visit(friend, NAME, PHONE)
    friend.is_at("Thank you, we have your request")
