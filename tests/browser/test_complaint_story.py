"""A complaint answered in time: the owner's link, the consultant's answer, the owner's word."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.models import Complaint, Role
from portal.rules.aftercare.complaint import ComplaintState
from tests import factories as make
from tests import owners as of_owners
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock

CONSULTANT = "13800006101"


@pytest.mark.night
def test_a_complaint_is_answered_in_time(windows: Windows, store: Database, clock: MovableClock) -> None:
    with store.transaction() as session:
        carer = make.person(session, Role.CONSULTANT, phone=CONSULTANT)
        owner = of_owners.owner(session, carer)
        key = owner.link_key
    client = Someone(windows.phone("zh-CN"), "complaint-owner")
    client.page.goto(f"/home/{key}")
    client.fills("What happened?", "厨房漏水，已经三天")
    client.presses("Send")
    client.reads("We have your words and answer you soon.")
    own_page = client.page.url
    clock.move(minutes=50)
    desk = Someone(windows.phone("zh-CN"), "complaint-desk").signs_in(CONSULTANT)
    desk.page.goto("/complaints")
    desk.page.locator("main table a").first.click()
    desk.fills("What you say, in words", "师傅一小时内上门")
    desk.presses("Write it down")
    desk.presses("Ask the owner")
    desk.reads("The owner is asked whether it is settled.")
    client.page.goto(own_page)
    client.looks("asked")
    client.presses("It is settled")
    client.reads("Settled. Thank you.")
    with store.reading() as session:
        row = session.scalars(select(Complaint)).one()
        answered = next(step.at for step in row.steps if step.kind == "answered")
        assert (row.state, answered < row.due_at) == (ComplaintState.CLOSED, True)
        assert row.due_at - row.opened_at >= timedelta(hours=2)
