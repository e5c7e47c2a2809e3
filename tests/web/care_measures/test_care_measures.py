"""The page of the measures: figures that open their rows, a consultant's own alone."""

from collections.abc import Callable
from datetime import datetime, timedelta

from portal.db import Database
from portal.models import CareContact, MilestoneKind, Person, Role
from tests import factories as make
from tests import owners as of_owners
from tests.web.client import PageClient


def test_figures_open_their_rows(store: Database, now: datetime, signed_in: Callable[[Person], PageClient]) -> None:
    with store.transaction() as session:
        mine, other, manager = (
            make.person(session, role) for role in (Role.CONSULTANT, Role.CONSULTANT, Role.CHANNEL_MANAGER)
        )
        place = make.development(session)
        quiet = of_owners.care_file(session, place, "李雷")
        quiet.opened_at = now - timedelta(days=90)
        of_owners.give(session, quiet, mine, now - timedelta(days=90))
        fresh = of_owners.care_file(session, place, "韩梅梅")
        fresh.opened_at = now - timedelta(days=1)
        of_owners.give(session, fresh, other, now - timedelta(days=1))
        session.add(
            CareContact(file_id=fresh.id, by_id=other.id, channel="visit", at=now, logged_at=now, outcome="reached")
        )
        deal = make.deal(session, development=place, touch=None, signed_at=now - timedelta(hours=1))
        make.milestone(session, deal, MilestoneKind.LOAN_RELEASED, now)
    desk = signed_in(mine)
    page = desk.get("care_measures.index", rows="silent")
    assert "李*" in page.texts("#rows td")
    assert "本月结束后" in page.main, "a month that runs is held against none"
    assert "韩**" not in page.main
    desk.get("care_measures.index", rows="late_steps")
    lead = signed_in(manager)
    names = lead.get("care_measures.index").texts("main table a")
    assert mine.name in names
    assert other.name in names
    for behind in ("signed", "released", "first_visits", "no such rows"):
        lead.get("care_measures.index", rows=behind, month="2001-01", carer=str(other.id))
    assert mine.name in lead.download("care_measures.download", kind="csv").text
