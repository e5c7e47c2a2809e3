"""The period board: what is missing, the close in one action, and the month as it stands afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import Database
from portal.models import Deal, Period, PeriodState, Person, Statement
from portal.rules.periods.close import Kind
from portal.services.periods import closing, periods
from portal.services.periods import worker as close_worker
from portal.services.verification import proof
from portal.web.periods.words import WORDS
from tests import factories as make
from tests.clock import MovableClock
from tests.db.money import Staff, earned
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]
MARCH = "2026-03"


@pytest.fixture
def staff(store: Database, clock: MovableClock) -> Staff:
    """Three hands, and two agencies' deals of March; it is April now."""
    with store.transaction() as session:
        staff = Staff.hired(session)
        for _ in range(2):
            earned(session, staff, clock())
    clock.instant = datetime(2026, 4, 2, 2, tzinfo=UTC)
    return staff


def test_every_kind_of_thing_has_its_words() -> None:
    assert set(WORDS) == set(Kind)


def test_finance_closes_the_month_in_one_action(store: Database, staff: Staff, signed_in: SignedIn) -> None:
    finance = signed_in(staff.finance)
    page = finance.get("periods.index")
    assert "¥72,000.00" in page.main
    assert "阻止结算" not in page.main
    page = page.submit(button="确认结算")
    assert page.path == "/periods"
    page = finance.get("periods.index", month=MARCH)
    assert "本月已结算" in page.main
    assert "2 份对账单" in page.main
    assert staff.finance.name in page.main
    with store.reading() as session:
        assert [one.number for one in session.scalars(select(Statement))] == ["2026-03-0001", "2026-03-0002"]
        assert proof.verify_ledger(session).fault is None
    assert "2026-03,已结算" in finance.download("periods.download", kind="csv").get_data(as_text=True)


def test_what_holds_the_month_back_is_named_with_its_list(store: Database, staff: Staff, signed_in: SignedIn) -> None:
    finance = signed_in(staff.finance)
    before = finance.get("periods.index", month=MARCH)
    with store.transaction() as session:
        deal = session.scalars(select(Deal)).first()
        make.showing(session, touch=deal.touch, at=deal.signed_at)
        nobodys = make.deal(session, touch=None, signed_at=deal.signed_at)
    page = finance.get("periods.index", month=MARCH)
    assert page.texts("tbody .tone-danger") == ["阻止结算"]
    assert page.texts("tbody .tone-warning") == ["请留意"]
    assert not page.all("form[action$='/close']")
    assert "看板上有阻止结算的事项" in before.submit(button="确认结算", status=409).main
    found = page.follow("没有归属的成交")
    assert nobodys.unit in found.main
    assert deal.unit not in found.main


def test_a_large_close_is_left_to_the_worker_and_its_progress_is_shown(
    app: Flask, store: Database, staff: Staff, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periods, "AT_ONCE", 1)
    monkeypatch.setattr(closing, "PAYEES", 1)
    finance, clock = signed_in(staff.finance), app.extensions["clock"]
    finance.get("periods.index", month=MARCH).submit(button="确认结算")
    page = finance.get("periods.index", month=MARCH)
    assert page.one("progress")["value"] == "0"
    assert page.all("#board[hx-trigger]")
    assert close_worker.advance(store, clock, 1)
    page = finance.get("periods.index", month=MARCH)
    assert (page.one("progress")["value"], page.one("progress")["max"]) == ("1", "2")
    with store.transaction() as session:
        session.get_one(Period, 1).trouble = "fault"
    page = finance.get("periods.index", month=MARCH)
    assert "结算已中断" in page.main
    page.submit(button="立即继续")
    page.submit(button="立即继续", status=404)
    with store.reading() as session:
        assert session.get_one(Period, 1).state is PeriodState.CLOSED


def test_a_month_that_is_none_or_runs(staff: Staff, signed_in: SignedIn) -> None:
    finance = signed_in(staff.finance)
    finance.get("periods.index", month="2026-13", status=404)
    assert "本月尚未结束" in finance.get("periods.index", month="2026-04").main
