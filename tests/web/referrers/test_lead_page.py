"""The page of a lead: a note and the next step are written down, and what is due stands first in the list."""

from collections.abc import Callable

from portal.clock import local_day
from portal.db import Database
from portal.models import Person, Role
from portal.services.leads import leads
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient


def test_a_next_step_is_written_down_found_and_done(
    store: Database, clock: MovableClock, signed_in: Callable[[Person], PageClient]
) -> None:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER, name="周经理")
        code = make.referrer(session).code
        asked = {"consent_version": "2", "locale": "en", "address": None}
        first, _second = [
            leads.leave_lead(session, clock(), leads.LeftLead(code=code, name=name, phone=phone, **asked)).id
            for name, phone in (("王小明", "13912345678"), ("李大力", "13912345679"))
        ]
    manager = signed_in(person)
    page = manager.get("referrers.lead", lead_id=first)
    halves = page.submit({"text": "想看三房", "step": "回电"}, form="form[action$='/notes']", status=422)
    assert halves.all("#due_on-error")
    assert "想看三房" in halves.one("#text").text
    today = f"{local_day(clock())}"
    done = halves.submit({"step": "回电", "due_on": today}, form="form[action$='/notes']")
    assert done.path == f"/referrers/leads/{first}"
    assert all(said in done.main for said in ("想看三房", "回电", "周经理", "已到期"))
    assert "王**" in manager.get("referrers.all_leads").all("main tbody tr")[0].text, "it was the older one"
    assert len(manager.get("referrers.all_leads", step="mine").all("main tbody tr")) == 1
    assert manager.get("home.index").all("main a[href='/referrers/leads?step=mine']")
    sheet = manager.download("/referrers/leads.csv").get_data(as_text=True)
    assert "回电" in sheet
    over = done.submit({"over": True}, form="form[action$='/notes']")
    assert "尚无计划" in over.main
    assert not manager.get("home.index").all("main .waits a[href='/referrers/leads?step=mine']")
