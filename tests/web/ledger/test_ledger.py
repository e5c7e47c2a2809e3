"""The ledger's pages: from a balance down to the visit, each step for who may see it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, Deal, Erased, Erasure, Person, PostedLine, Role, Why
from portal.services.payouts import bank_files
from portal.services.verification import runs as verification_runs
from portal.services.verification import worker as verification_worker
from tests import factories as make
from tests.clock import MovableClock
from tests.db.money import Staff, answer, earned, exported, taken_in
from tests.db.selling import FINING, acquitted, agreement, shown, sold, struck
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def staff(store: Database) -> Staff:
    with store.transaction() as session:
        return Staff.hired(session)


@pytest.fixture
def line(store: Database, staff: Staff, clock: MovableClock) -> PostedLine:
    """A commission's line; the deal's client was shown around, with a photo that is there and one that is gone."""
    with store.transaction() as session:
        pair = earned(session, staff, clock() - timedelta(days=1))
        deal = session.scalars(select(Deal)).one()
        showing = make.showing(session, touch=deal.touch, at=clock() - timedelta(days=2))
        make.photo(session, showing=showing)
        gone = make.photo(session, showing=showing)
        gone.erased_at = clock()
        proof = {"kind": Erased.PHOTO, "row_id": gone.id, "digest": gone.sha256, "why": Why.TIME_OVER}
        session.add(Erasure(development_id=pair.development_id, at=clock(), **proof))
        return session.scalars(select(PostedLine)).one()


def test_finance_drills_from_the_balance_to_the_proof_of_a_visit(
    staff: Staff, line: PostedLine, signed_in: SignedIn
) -> None:
    page = signed_in(staff.finance).get("ledger.index").follow("佣金支出").follow(line.reference)
    assert page.h1 == f"第 {line.id} 号明细的依据"
    for words in ("¥36,000.00", "总账记录", "签约", "带看 1 号", "规则判定", "删除凭证 1 号", "可查看照片的角色"):
        assert words in page.main
    assert not page.all("main a[href*='/photos/']")
    assert not page.all("main a[href^='/showings/']")


def test_who_may_see_photos_finds_them_and_no_sums(store: Database, line: PostedLine, signed_in: SignedIn) -> None:
    with store.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
    page = signed_in(manager).get("ledger.evidence", line_id=line.id)
    assert len(page.all("main a[href*='/photos/']")) == 1
    assert "¥36,000.00" not in page.main
    assert "总账记录" not in page.main


def test_a_broker_sees_the_evidence_of_his_own_lines_alone(
    store: Database, line: PostedLine, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        owner = session.scalars(select(Deal)).one().owner
        other = make.broker(session)
    page = signed_in(owner).get("ledger.evidence", line_id=line.id)
    assert "总账记录" not in page.main
    assert "¥36,000.00" in page.main
    signed_in(other).get("ledger.evidence", line_id=line.id, status=404)


def test_every_kind_of_line_leads_to_what_caused_it(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        desk, at = Actor.of(staff.finance), clock() - timedelta(days=3)
        showing = shown(session, sold(session, desk, at, agreement(session, FINING), 1)[0], at)
        struck(session, clock(), showing)
        acquitted(session, clock(), showing)
        lines = session.scalars(select(PostedLine)).all()
    finance = signed_in(staff.finance)
    headings = [finance.get("ledger.evidence", line_id=one.id).texts("h2") for one in lines]
    causes = [next(words for words in page if words.startswith("起因")) for page in headings]
    assert causes == ["起因：成交进度", *["起因：虚假带看"] * 4]


def test_an_account_is_searched_and_says_what_it_held(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        batch = exported(session, staff, clock())
        payout = bank_files.payouts_of(session, batch)[0]
        taken_in(session, staff, clock(), batch, answer(session, batch))
        account = f"payable:{payout.payee}"
    finance = signed_in(staff.finance)
    page = finance.get("ledger.account", account=account)
    assert page.texts("tbody td:last-child") == ["¥0.00", "贷 ¥36,000.00"]
    assert finance.get("ledger.account", account=account, why="export").texts("td.cell-title a") == [
        f"export:{payout.reference}"
    ]
    assert len(finance.get("ledger.account", account=account, q="statement").texts("td.cell-title a")) == 1
    assert not finance.get("ledger.account", account=account, until="2026-01-01").texts("td.cell-title a")
    assert finance.get("ledger.account", account=account, other="bank").texts("td.cell-title a") == []
    assert finance.get("ledger.months", account=account).texts("td.cell-title a") == ["2026年3月"]


def test_the_trial_balance_of_a_day_and_of_a_span(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        pair = earned(session, staff, clock() - timedelta(days=40))
        earned(session, staff, clock(), pair)
    finance = signed_in(staff.finance)
    assert finance.get("ledger.index").texts("tbody .cell-figure") == ["借 ¥72,000.00", "贷 ¥72,000.00"]
    day = f"{clock() - timedelta(days=30):%Y-%m-%d}"
    assert finance.get("ledger.index", until=day).texts("tbody .cell-figure") == ["借 ¥36,000.00", "贷 ¥36,000.00"]
    page = finance.get("ledger.index", since=day)
    assert page.texts("tbody tr:first-child td")[2:] == ["借 ¥36,000.00", "¥36,000.00", "¥0.00", "借 ¥72,000.00"]
    assert finance.get("ledger.kind_page", group="accrued", since=day, q=pair.agency.name).texts("tbody .cell-figure")
    finance.get("ledger.kind_page", group="bank", status=404)


def test_money_that_is_long_on_its_way_is_marked(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        exported(session, staff, clock())
    finance = signed_in(staff.finance)
    assert not finance.get("ledger.index").notices
    clock.move(days=6)
    assert "已超过 5 天" in finance.get("ledger.index").notices[0]


def test_a_large_ledger_is_verified_by_the_worker(
    app: Flask,
    store: Database,
    staff: Staff,
    clock: MovableClock,
    signed_in: SignedIn,
    line: PostedLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finance = signed_in(staff.finance)
    page = finance.get("ledger.verify")
    assert page.notices[0].startswith("总账尚未核验过")
    monkeypatch.setattr(verification_runs, "AT_ONCE", 0)
    page = page.submit(button="立即核验")
    assert "正在核验" in page.main
    assert not page.all("main button[type=submit]")
    with monkeypatch.context() as slowly:
        slowly.setattr(verification_worker, "SAYS_EVERY", 0.0)
        slowly.setattr(verification_worker, "run", lambda _database, _actor, _clock, progress, **_given: progress())
        verification_worker.run_due(store, clock)
    bar = finance.get("ledger.verify").one("progress")
    assert (bar["value"], int(bar["max"]) > 20) == ("1", True)
    assert verification_worker.run_due(store, clock) is None
    clock.move(minutes=3)  # it says nothing more, so another worker begins
    assert verification_worker.run_due(store, clock).fault is None
    assert verification_worker.run_due(store, clock) is None
    page = finance.get("ledger.verify")
    assert not page.all("progress")
    assert page.notices[0].startswith("总账无误")
    with store.reading() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "ledger_verified")).one()
    clock.move(days=1)
    assert verification_worker.run_due(store, clock).fault is None


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_trial_balance_is_taken_along_with_its_total(
    staff: Staff, line: PostedLine, signed_in: SignedIn, kind: str
) -> None:
    data = signed_in(staff.finance).download("ledger.download", kind=kind).data
    if kind == "csv":
        assert data.decode("utf-8-sig").splitlines()[-1] == ",合计,0.00,36000.00,36000.00,0.00"
