"""Client care in the browser: a price objection is revived, and T stops everything."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.models import CareFile, Person, Role, TextMessage
from portal.rules.care.plan import Channel
from tests import care_world
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock

CONSULTANT = "13800006201"
CLIENT = "王小明"


def cared_for(store: Database, at: MovableClock, days: int) -> int:
    """A consultant with one client, whose file was opened some days ago."""
    with store.transaction() as session:
        carer = care_world.consultant(session, phone=CONSULTANT)
        return care_world.care_file(session, name=CLIENT, carer=carer, at=at() - timedelta(days=days)).id


@pytest.mark.night
def test_a_price_objection_is_revived(windows: Windows, store: Database, clock: MovableClock) -> None:
    key = cared_for(store, clock, 5)
    with store.transaction() as session:
        file = session.get_one(CareFile, key)
        carer = session.scalars(select(Person).where(Person.role == Role.CONSULTANT)).one()
        care_world.contact(session, file=file, by=carer, at=clock() - timedelta(days=1), channel=Channel.VISIT)
    someone = Someone(windows.phone("zh-CN"), "revived").signs_in(CONSULTANT)
    someone.page.goto("/care")
    someone.reads("Visits that wait for a reason")
    someone.looks("waits")
    someone.page.locator("main a[href*='/care/not-bought/of/']").click()
    someone.ticks("The price")
    someone.page.locator("[name=price_tried]").select_option("payment")
    someone.presses("Note it")
    someone.is_at("What may help")
    someone.looks("help")
    clock.move(days=3)
    someone.page.goto(f"/care/files/{key}/do/visit")
    someone.presses("Write it down")
    someone.is_at("Today's clients")
    someone.page.goto("/care/not-bought/answers?revived=1")
    someone.sees(CLIENT)
    someone.looks("won-back")


def test_t_stops_everything(windows: Windows, store: Database, clock: MovableClock) -> None:
    key = cared_for(store, clock, 4)
    carer = Someone(windows.phone("zh-CN"), "stop").signs_in(CONSULTANT)
    carer.page.goto("/care")
    carer.sees(CLIENT)
    carer.page.goto(f"/care/files/{key}/do/text")
    carer.fills("Text", "周末样板间开放")
    carer.presses("Send the text")
    carer.is_at("Today's clients")
    client = Someone(windows.phone("zh-CN"), "stop-client")
    client.page.goto("/dev/inbox")
    client.presses("Answer T")
    carer.page.goto("/care")
    carer.reads_not(CLIENT)
    carer.page.goto(f"/care/files/{key}/do/call")
    carer.reads("Not now, please")
    carer.looks("stopped")
    with store.reading() as session:
        assert len(session.scalars(select(TextMessage)).all()) == 1
