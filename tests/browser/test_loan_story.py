"""A late loan with its compensation: promised at the loan, confirmed by the client's link, kept by a voucher."""

from urllib.parse import urlsplit

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Role
from tests.browser.office import Office, staff_office
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock
from tests.loans_world import TEXT, late_loan


@pytest.fixture
def deal_id(store: Database, clock: MovableClock) -> int:
    with store.transaction() as session:
        staff = staff_office(session)
        return late_loan(session, Actor.of(staff[Role.CHANNEL_MANAGER]), clock()).id


@pytest.mark.night
def test_a_late_loan_and_its_compensation(deal_id: int, windows: Windows) -> None:
    office = Office(windows, "loan")
    manager = office.at_desk(Role.CHANNEL_MANAGER)
    manager.page.goto(f"/loans/{deal_id}")
    manager.reads("The bank has to act")
    manager.fills("What you promise, in words", TEXT)
    manager.presses("Promise it to the client")
    manager.presses("Send the client a link")
    link = manager.page.locator("[data-copy]").get_attribute("data-copy") or ""
    client = Someone(windows.phone("zh-CN"), "loan-client")
    client.page.goto(urlsplit(link).path)
    client.page.get_by_text(TEXT).wait_for()
    client.presses("Yes, this was promised to me")
    client.reads("We keep to it. Come back to this page to see what became of it.")
    client.looks("confirmed")
    manager.page.reload()
    manager.presses("Issue the voucher")
    manager.reads("Kept.")
    client.page.reload()
    client.follows("Your voucher")
    client.looks("voucher")
