"""Money's pages: from lines to a paid statement by three people, each of whom sees and may do only what is theirs."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from commissions.payout import Check
from portal.db import Database
from portal.models import Agreement, AuditEntry, Invoice, LedgerBatch, Payout, PayoutBatch, Person, Role, Statement
from portal.services.payouts import bank_files
from tests import factories as make
from tests.clock import MovableClock
from tests.db.money import Staff, answer, approved, earned, exported, requested, taken_in
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def staff(store: Database) -> Staff:
    with store.transaction() as session:
        return Staff.hired(session)


@pytest.fixture
def pair(store: Database, staff: Staff, clock: MovableClock) -> Agreement:
    """An agency with an account and one line."""
    with store.transaction() as session:
        return earned(session, staff, clock() - timedelta(days=1))


def principal(store: Database, agency_id: int | None = None) -> Person:
    with store.transaction() as session:
        given = {} if agency_id is None else {"agency_id": agency_id}
        return make.person(session, Role.PRINCIPAL, **given)


def test_three_people_take_a_line_to_the_bank_and_back(
    store: Database, staff: Staff, pair: Agreement, signed_in: SignedIn
) -> None:
    finance, approver, cashier = (signed_in(one) for one in (staff.finance, staff.approver, staff.cashier))
    page = finance.get("statements.index").follow("出具对账单").follow(pair.agency.name)
    page = page.submit(button="确认出具")
    assert page.h1 == "对账单 2026-03-0001"
    assert "¥36,000.00" in page.main

    page = approver.get("payouts.index").follow("P-2026-03-0001-1")
    assert page.texts(".checks .status").count("暂停付款") == 1
    with store.transaction() as session:
        make.invoice(session, session.scalars(select(Statement)).one())

    page = approver.get("payouts.index").follow("P-2026-03-0001-1")
    assert page.texts(".checks .status") == ["通过"] * (len(Check) - 1), "no tax is asked for an agency's payment"
    page = page.submit(button="确认复核通过 ¥36,000.00")
    assert page.texts(".notice") == ["付款 P-2026-03-0001-1 已复核。"]

    page = cashier.get("batches.index").follow("新建银行文件").submit(button="确认付款")
    assert page.h1 == "银行文件 B-2026-03-0001"
    rehearsed = cashier.download("batches.rehearsal", batch_id=1).data
    page = page.submit({"file": (io.BytesIO(rehearsed), "result.csv")}, form="#result form")
    assert page.texts(".notice") == ["已付 1 笔。"]
    assert "已结清" in page.texts(".page-title .status")

    page = finance.get("ledger.index").follow("核验总账").submit(button="立即核验")
    assert page.notices[0].startswith("总账无误")


def test_a_bank_file_is_taken_by_post_and_written_down(
    app: Flask, store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        batch = exported(session, staff, clock())
        content = bank_files.file_of(session, batch)
    cashier = signed_in(staff.cashier)
    page = cashier.get("batches.show", batch_id=batch.id)
    form = page.one("form[action$='file.csv']")
    taken = cashier.http.post(form["action"], data={"csrf_token": form.select_one("input")["value"]})
    assert taken.data == content
    with store.reading() as session:
        assert session.scalars(select(AuditEntry.action).where(AuditEntry.action == "bank_file_taken")).all()


def test_a_file_that_cannot_be_read_is_refused_at_the_form(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        batch = exported(session, staff, clock())
        data = answer(session, batch).replace(b"36000.00", b"36000.001")
    page = signed_in(staff.cashier).get("batches.show", batch_id=batch.id)
    page = page.submit({"file": (io.BytesIO(data), "r.csv")}, form="#result form", status=422)
    assert "第 2 行" in page.texts(".error-summary")[0]


@pytest.mark.parametrize(("role", "hand"), [(Role.APPROVER, "finance"), (Role.CASHIER, "approver")])
def test_the_right_role_with_the_same_hand_is_told_so(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn, role: Role, hand: str
) -> None:
    with store.transaction() as session:
        payout = requested(session, staff, clock()) if role is Role.APPROVER else approved(session, staff, clock())
        person: Person = session.get_one(Person, getattr(staff, hand).id)
        person.role = role
    client = signed_in(person)
    if role is Role.APPROVER:
        page = client.get("payouts.show", payout_id=payout.id)
        assert page.notices[0].startswith("您不能复核这笔付款")
        token = page.all("input[name=csrf_token]")[0]["value"]
        refused = client.http.post(f"/payouts/{payout.id}/approve", data={"csrf_token": token})
        assert refused.status_code == 409
    else:
        page = client.get("batches.new")
        assert "暂停付款" in page.main
        assert not page.all("form[action='/batches']")


def test_a_file_that_is_gone_or_changed_is_said_so_and_no_fault(
    app: Flask, store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        statement_id = requested(session, staff, clock()).statement_id
        invoice = session.scalars(select(Invoice).where(Invoice.statement_id == statement_id)).one()
    finance = signed_in(staff.finance)
    assert "已不在" in finance.get("invoices.paper", invoice_id=invoice.id, status=409).main
    files = app.extensions["files"]
    files.put(invoice.file_name, b"%PDF-1.7")
    place = app.extensions["config"].files_dir / invoice.file_name[:2] / invoice.file_name
    place.write_bytes(place.read_bytes()[:-9])
    assert "加密" in finance.get("invoices.paper", invoice_id=invoice.id, status=409).main


def test_a_rejected_payout_is_requested_again_by_finance(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        payout = requested(session, staff, clock())
    page = signed_in(staff.approver).get("payouts.show", payout_id=payout.id).follow("驳回")
    page = page.submit(status=422)
    assert page.errors == ["请说明哪里不对。"]
    page = page.submit({"reason": "账号写错了"})
    assert "账号写错了" in page.main
    page = signed_in(staff.finance).get("statements.show", statement_id=payout.statement_id)
    page = page.submit(button="确认重新申请")
    assert page.texts(".notice") == ["付款 P-2026-03-0001-2 已申请。"]


def test_an_agency_sees_its_own_alone(store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn) -> None:
    with store.transaction() as session:
        own, other = requested(session, staff, clock()), requested(session, staff, clock())
    client = signed_in(principal(store, own.agency_id))
    assert client.get("statements.index").texts("tbody a") == [own.statement.number]
    assert client.get("payouts.index").texts("tbody a") == [own.reference]
    page = client.get("statements.show", statement_id=own.statement_id)
    assert staff.finance.name not in page.main
    client.get("payouts.show", payout_id=own.id)
    client.get("statements.show", statement_id=other.statement_id, status=404)
    client.get("payouts.show", payout_id=other.id, status=404)
    client.get("statements.to_issue", status=403)


def test_the_ledger_leads_from_a_balance_to_its_reasons(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        batch = exported(session, staff, clock())
        payout = bank_files.payouts_of(session, batch)[0]
        taken_in(session, staff, clock(), batch, answer(session, batch))
        blocks, agency = session.scalars(select(LedgerBatch.id)).all(), payout.agency
    finance = signed_in(staff.finance)
    page = finance.get("ledger.index").follow("应付").follow(f"应付 · {agency.name}")
    assert page.texts("tbody td.cell-title a") == ["export:P-2026-03-0001-1", "statement:2026-03-0001"]
    assert page.follow("statement:2026-03-0001").h1 == "对账单 2026-03-0001"
    line = finance.get("ledger.account", account=f"accrued:agency:{agency.id}").texts("td.cell-title a")[-1]
    assert line.startswith("line:")
    for block in blocks:
        finance.get("ledger.block", batch_id=block)
    finance.get("ledger.account", account="accrued:agency:999", status=404)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_reads_well_empty_and_full(
    app: Flask, store: Database, staff: Staff, clock: MovableClock, language: str
) -> None:
    finance, cashier = (PageClient(app, language).sign_in(one) for one in (staff.finance, staff.cashier))

    def look() -> None:
        for where in ("statements.index", "statements.to_issue", "payouts.index", "ledger.index", "ledger.verify"):
            finance.get(where)
        for where in ("batches.index", "batches.new", "payouts.index"):
            cashier.get(where)

    look()
    with store.transaction() as session:
        batch = exported(session, staff, clock(), 2)
        held = approved(session, staff, clock())
        make.bank_details(session, held.agency, clock())
        earned(session, staff, clock())
        data = answer(session, batch).replace(b"-2-1,36000.00", b"-2-1,1.00")
        taken_in(session, staff, clock(), batch, data)
    look()
    with store.reading() as session:
        for key in session.scalars(select(Statement.id)):
            finance.get("statements.show", statement_id=key)
        for key in session.scalars(select(Payout.id)):
            finance.get("payouts.show", payout_id=key)
        for key in session.scalars(select(PayoutBatch.id)):
            cashier.get("batches.show", batch_id=key)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_lists_are_taken_along(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn, kind: str
) -> None:
    with store.transaction() as session:
        payout = requested(session, staff, clock())
    finance = signed_in(staff.finance)
    for where in ("statements.download", "payouts.download", "ledger.download"):
        assert finance.download(where, kind=kind).data
    assert finance.download("statements.document", statement_id=payout.statement_id, kind=kind).data
    assert finance.download("ledger.download_account", account="expense:commission", kind=kind).data
