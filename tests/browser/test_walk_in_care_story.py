"""A walk-in handed out in turn, cared for and sold: from reception's tablet to the loan table."""

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.models import CareFile, Role
from tests import care_world
from tests import factories as make
from tests.browser.office import TABLET, Office, staff_office
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock

CONSULTANT = "13800006202"
CLIENT, MASKED, PHONE = "王小明", "王**", "13800006299"
UNIT = "3-1202"


@pytest.fixture
def carer(store: Database) -> str:
    """The consultant who stands alone in the turn of the one development; his name."""
    with store.transaction() as session:
        staff_office(session)
        one = care_world.consultant(session, phone=CONSULTANT, name="林晓")
        care_world.post(session, make.development(session, name="云栖澜岸"), one)
        return one.name


@pytest.mark.night
def test_a_walk_in_is_handed_out_cared_for_and_sold(
    carer: str, windows: Windows, store: Database, clock: MovableClock
) -> None:
    office = Office(windows, "walk-in")
    reception = office.at_desk(Role.RECEPTION, **TABLET)
    reception.goes_to("Walk-ins")
    reception.fills("Client's phone", PHONE)
    reception.fills("Client's name", CLIENT)
    reception.presses("Sign in the visitor")
    reception.sees("138****6299")
    reception.goes_to("Hand clients out")
    reception.looks("1-waits")
    reception.presses("Hand out %(name)s", name=MASKED)
    reception.reads("Handed to %(name)s.", name=carer)

    clock.move(days=1)
    consultant = Someone(windows.phone(), "walk-in-consultant").signs_in(CONSULTANT)
    consultant.page.goto("/care")
    consultant.sees(CLIENT)
    consultant.sees("第 1 天")
    consultant.looks("2-first-step")
    consultant.page.locator("main a[href*='/do/wechat']").first.click()
    consultant.presses("Write it down")
    consultant.is_at("Today's clients")

    clock.move(days=2)
    consultant.page.reload()
    consultant.presses("Call %(name)s", name=CLIENT)
    consultant.sees(PHONE)
    consultant.looks("3-call")
    consultant.page.get_by_role("radio", name=consultant.words("Will come")).check()
    consultant.presses("Write it down")
    consultant.is_at("Today's clients")
    with store.reading() as session:
        key = session.scalars(select(CareFile.id)).one()
    consultant.page.goto(f"/care/files/{key}/do/visit")
    consultant.presses("Write it down")
    consultant.is_at("Today's clients")

    sells(office, clock)
    consultant.page.goto("/loans")
    consultant.sees(UNIT)
    consultant.looks("4-loan-table")


def sells(office: Office, clock: MovableClock) -> None:
    """The manager records the subscription, and a day later the contract."""
    manager = office.at_desk(Role.CHANNEL_MANAGER)
    manager.page.goto("/deals/new")
    manager.fills("Buyer's phone", PHONE)
    manager.fills("Buyer's name", CLIENT)
    manager.fills("Unit", UNIT)
    manager.fills("Price", "4100000")
    manager.presses("Record the subscription")
    manager.sees(UNIT)
    clock.move(days=1)
    manager.page.reload()
    manager.presses("Record: %(milestone)s", milestone=manager.words("Signed"))
    manager.reads("Signed")
