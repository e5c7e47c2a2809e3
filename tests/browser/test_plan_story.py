"""A plan's next version: drafted in the editor, tried on history, and published by somebody else than its proposer."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.browser.office import AGENCY, Office, staff_office
from tests.browser.people import CHINESE, ENGLISH, Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock

NOTE = "第二档下调门槛，第三档起 3.2%。"
BEFORE, AFTER = "¥230,000.00", "¥244,000.00"
"""Six deals of 2,000,000 yuan by the standard plan; and by the next one, whose second tier begins a deal earlier."""


@pytest.fixture
def signed(store: Database, clock: MovableClock) -> None:
    """Six deals of this month, by one agency."""
    with store.transaction() as session:
        staff = staff_office(session)
        pair = make.agreement(session, agency=staff[Role.PRINCIPAL].agency)
        for number in range(6):
            at = clock() - timedelta(days=7 - number)
            make.signed_deal(session, at, pair=pair, by=staff[Role.CHANNEL_MANAGER])


@pytest.mark.night
@pytest.mark.parametrize("locale", [CHINESE, ENGLISH])
def test_a_plans_next_version_takes_two(windows: Windows, signed: None, locale: str) -> None:
    windows.allow("htmx:(sendAbort|afterRequest)")  # a picture that is not wanted any more, since one typed on
    office = Office(windows, f"plan-{locale[:2]}", locale)
    manager = office.at_desk(Role.CHANNEL_MANAGER)
    drafts_with_a_mistake(manager)
    mends_it(manager)
    finance = office.at_desk(Role.FINANCE)
    asks_what_it_would_have_cost(finance)
    compares_both(finance)
    publishes(finance)
    manager.page.reload()
    manager.reads("Published as version %(version)s", version=2)


def drafts_with_a_mistake(manager: Someone) -> None:
    """The first step now ends where the second one does: no picture is drawn, and it says so beside the field."""
    manager.goes_to("Commission plans")
    manager.follows("%(name)s, version %(version)s", name=manager.words("Standard plan"), version=1)
    manager.follows("Next version from this one")
    manager.reads("What it means")
    manager.sees(BEFORE)
    manager.page.wait_for_load_state()  # a field that is filled before the scripts are there tells nobody
    manager.field("Up to deal").nth(0).fill("10")
    manager.reads("The picture comes as soon as every field holds.")
    manager.presses("Propose")
    manager.reads("This step begins at deal %(expected)s and cannot end before it.", expected=11)
    _first, second, last = (manager.field("Up to deal").nth(step) for step in range(3))
    expect(second).to_have_attribute("aria-invalid", "true")
    expect(last).not_to_have_attribute("aria-invalid", "true")
    manager.looks("1-mistake")


def mends_it(manager: Someone) -> None:
    manager.field("Up to deal").nth(0).fill("4")
    manager.field("Rate or sum").nth(2).fill("3.2")
    manager.fills("Note for who decides", NOTE)
    manager.reads_not(manager.words("The picture comes as soon as every field holds."))
    manager.looks("2-mended")
    manager.presses("Propose")
    manager.reads("You proposed it, so another person publishes it or sends it back.")
    manager.looks("3-proposed")


def asks_what_it_would_have_cost(finance: Someone) -> None:
    finance.goes_to("Commission plans")
    finance.follows("Drafts")
    finance.follows("%(name)s, draft %(number)s", name=finance.words("Standard plan"), number=1)
    finance.sees(NOTE)
    finance.follows("Try it on history")
    finance.field("Signed from").fill("2026-03-01")
    finance.field("Signed until").fill("2026-03-31")
    finance.presses("Compare")
    finance.sees(BEFORE)
    finance.sees(AFTER)
    finance.looks("1-what-if")
    finance.follows(AGENCY)
    finance.sees("1.8%")
    finance.looks("2-which-deals")


def compares_both(finance: Someone) -> None:
    finance.goes_to("Commission plans")
    finance.follows("Drafts")
    finance.follows("%(name)s, draft %(number)s", name=finance.words("Standard plan"), number=1)
    finance.follows("Compare with what is in force")
    finance.sees("3.2%")
    finance.looks("3-compared")
    finance.page.go_back()


def publishes(finance: Someone) -> None:
    finance.opens("Publish this plan")
    finance.looks("4-publishes")
    finance.presses("Yes, publish")
    finance.reads("Version %(version)s of %(name)s is published.", version=2, name=finance.words("Standard plan"))
    finance.sees("3.2%")
    finance.looks("5-published")
