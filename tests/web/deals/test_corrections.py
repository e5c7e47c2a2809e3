"""Corrections and benefits, page by page: seen before they are posted, told afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from commissions.plan import STANDARD
from portal.access.actor import Actor
from portal.models import Benefit, BenefitState, Deal, MilestoneKind, Person, Role
from portal.rules.payouts.limits import MoneyLimits
from portal.services.commission import plans
from portal.services.deals import deals
from tests import factories as make


@pytest.fixture
def world(store, now):
    """An agency that sold eleven units this month."""
    with store.transaction() as session:
        finance = make.person(session, Role.FINANCE)
        pair = make.agreement(session)
        sold = [
            make.signed_deal(session, now - timedelta(days=2, minutes=number), pair=pair, by=finance).id
            for number in range(11, 0, -1)
        ]
        return {
            "finance": finance,
            "principal": make.person(session, Role.PRINCIPAL, agency=pair.agency),
            "stranger": make.person(session, Role.PRINCIPAL),
            "manager": make.person(session, Role.CHANNEL_MANAGER),
            "agency": pair.agency_id,
            "development": pair.development_id,
            "sold": sold,
        }


def test_a_price_is_corrected_after_its_lines_were_seen(world, signed_in):
    finance = signed_in(world["finance"])
    page = finance.get("deals.show", deal_id=world["sold"][0])
    page = finance.get(page.one("a[href$='/correct']")["href"])
    seen = page.submit({"price": "1,000,000.00", "reason": "合同补充协议"})
    assert "−¥18,000.00" in seen.main
    changed = seen.submit({"price": "1,500,000.00"})
    assert "−¥9,000.00" in changed.main
    done = changed.submit({"reason": "合同补充协议，第 2 版"})
    assert done.path == f"/deals/{world['sold'][0]}"
    assert "¥2,000,000.00 → ¥1,500,000.00" in done.main
    assert "第 2 版" in done.main


def test_what_moves_much_waits_for_another_person(world, signed_in, store, monkeypatch):
    monkeypatch.setattr(store, "limits", MoneyLimits(correction_alone=10_000))
    finance = signed_in(world["finance"])
    page = finance.get("corrections.deal", deal_id=world["sold"][0])
    seen = page.submit({"price": "1,000,000.00", "reason": "合同补充协议"})
    assert "须另一人确认" in seen.main
    mine = seen.submit({})
    assert "目前尚未入账" in mine.main
    assert not mine.all("form[action$=confirm]")
    assert "待另一人确认" in finance.get("corrections.deal", deal_id=world["sold"][0]).main
    with store.transaction() as session:
        approver = make.person(session, Role.APPROVER)
    page = signed_in(approver).get("correction_proposals.index", state="proposed")
    page = page.follow(page.texts("table a")[0])
    for words in ("¥1,000,000.00", "合同补充协议", "−¥18,000.00"):
        assert words in page.main
    assert page.submit({"reason": ""}, form="form[action$=refuse]", status=422).all("#reason-error")
    done = page.submit(form="form[action$=confirm]")
    assert approver.name in done.main
    with store.reading() as session:
        assert session.get_one(Deal, world["sold"][0]).price_fen == 1_000_000_00


def test_what_changes_nothing_or_lacks_its_reason_is_said_at_the_form(world, signed_in):
    page = signed_in(world["finance"]).get("corrections.deal", deal_id=world["sold"][0])
    assert page.submit({"reason": ""}, status=422).one("#reason-error")
    assert page.submit({"reason": "录错"}, status=422).one(".error-summary")


def test_a_signing_date_is_corrected_for_all_whose_rank_it_moves(world, signed_in):
    page = signed_in(world["finance"]).get("corrections.deal", deal_id=world["sold"][0])
    seen = page.submit({"signed_at": "2026-03-09T20:00", "reason": "日期录错"})
    assert seen.main.count("¥14,000.00") == 1
    seen.submit({})


def test_the_plan_of_a_window_is_corrected_by_a_later_version(world, signed_in, store, now):
    with store.transaction() as session:
        finance = Actor.of(session.get_one(Person, world["finance"].id))
        better = STANDARD.replace("180", "200")
        plans.publish_plan(session, finance, now, name="standard", toml=better, effective_from=now)
    finance = signed_in(world["finance"])
    page = finance.get("corrections.deal", deal_id=world["sold"][0])
    page = finance.get(page.one("a[href*='correct-plan']")["href"])
    page.submit({"window": "2026-13", "reason": "费率录错"}, status=422)
    seen = page.submit({"reason": "费率录错"})
    assert seen.main.count("+¥4,000.00") == 5
    seen.submit({})
    told = finance.get("deals.show", deal_id=world["sold"][0]).main
    assert "费率录错" in told
    assert "→" in told


@pytest.mark.parametrize("who", ["principal", "manager"])
def test_only_finance_corrects(world, signed_in, who):
    client = signed_in(world[who])
    client.get("corrections.deal", deal_id=world["sold"][0], status=403)
    assert not client.get("deals.show", deal_id=world["sold"][0]).all("a[href$='/correct']")


def test_a_trip_is_booked_loses_its_rank_and_is_decided(world, signed_in, store, now):
    finance = signed_in(world["finance"])
    page = finance.get(finance.get("benefits.index").one("table a[href^='/benefits/']")["href"])
    page.submit({"booking": ""}, status=422)
    page = page.submit({"booking": "普吉岛 5 日，两人，4 月"})
    assert "普吉岛" in page.main
    with store.transaction() as session:
        actor, deal = Actor.of(session.get_one(Person, world["finance"].id)), session.get_one(Deal, world["sold"][3])
        deals.record_milestone(session, actor, now, deal, kind=MilestoneKind.CANCELLED, at=now)
    queue = finance.get("benefits.index")
    assert queue.one("a[href*='state=escalated']")
    page = finance.get(page.path)
    page.submit({"reason": "已出行"}, status=422)
    page = page.submit({"outcome": "charged", "reason": "尚未出行"})
    assert page.one("a[href='/adjustments/new']")
    with store.reading() as session:
        assert session.scalars(select(Benefit)).one().state is BenefitState.CHARGED


def test_a_principal_reads_the_own_benefits_and_books_none(world, signed_in):
    principal = signed_in(world["principal"])
    page = principal.get("benefits.show", benefit_id=1)
    assert not page.all("main form[method=post]")
    assert b"2026-03" in principal.download("benefits.download", kind="csv").data
    signed_in(world["stranger"]).get("benefits.show", benefit_id=1, status=404)
