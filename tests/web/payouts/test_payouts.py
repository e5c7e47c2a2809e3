"""Payouts' pages: several approved with one decision, a hold released, what failed asked for anew; and invoices."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from commissions.payout import Check
from portal.access.actor import Actor
from portal.db import Database
from portal.models import (
    AuditEntry,
    Deal,
    Freeze,
    Invoice,
    InvoiceState,
    Payout,
    PayoutState,
    Person,
    Role,
    Statement,
)
from portal.services.payouts import bank_files, payouts
from portal.services.statements import issuing
from portal.web.words.payouts import held_by
from tests import factories as make
from tests.clock import MovableClock
from tests.db.money import Staff, answer, approved, cancel, earned, exported, requested, taken_in
from tests.factories.papers import TAX_NUMBER
from tests.web.client import Page, PageClient

SignedIn = Callable[[Person], PageClient]
PDF = b"%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript >> >> endobj\n%%EOF\n"


@pytest.fixture
def staff(store: Database) -> Staff:
    with store.transaction() as session:
        return Staff.hired(session)


def freeze(store: Database, clock: MovableClock, payout: Payout) -> None:
    with store.transaction() as session:
        owner = session.scalars(select(Deal.owner_id).where(Deal.agency_id == payout.agency_id)).one()
        session.add(Freeze(broker_id=owner, starts_at=clock(), ends_at=clock() + timedelta(days=30)))


def unbilled(store: Database, staff: Staff, clock: MovableClock) -> tuple[Statement, Person]:
    """A statement without an invoice, and its agency's principal."""
    with store.transaction() as session:
        agency_id = earned(session, staff, clock() - timedelta(days=1)).agency_id
        row = issuing.issue_statement(session, staff.issues, clock(), payee=f"agency:{agency_id}", month="2026-03")
        return row, make.person(session, Role.PRINCIPAL, agency_id=agency_id)


# Approving


def test_the_ticked_ones_are_approved_and_what_came_to_be_held_is_named(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        rows = [requested(session, staff, clock()) for _ in range(3)]
    page = signed_in(staff.approver).get("payout_queue.index")
    ticked = [box["value"] for box in page.all("input[name=payout][checked]")]
    assert ticked == [str(row.id) for row in rows], "the oldest first"
    freeze(store, clock, rows[1])
    page = page.submit(button="确认复核通过")
    done, left = page.texts(".notice")
    assert done == "已复核 2 笔付款。"
    assert left.startswith(f"{rows[1].reference} 保持原状：")
    assert [box.has_attr("disabled") for box in page.all("input[name=payout]")] == [True]
    assert not page.all("main form[method=post]"), "nothing is left that he could approve"


def test_nothing_ticked_is_told(store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn) -> None:
    with store.transaction() as session:
        requested(session, staff, clock())
    page = signed_in(staff.approver).get("payout_queue.index")
    refused = page.submit({"payout": False}, button="确认复核通过", status=409)
    assert refused.all("nav.rail"), "who is signed in keeps the way around"
    assert refused.follow("返回").path == page.path


def test_back_leads_only_to_a_page_of_ours(staff: Staff, signed_in: SignedIn) -> None:
    client = signed_in(staff.approver)
    for elsewhere in (
        "https://evil.test/x",
        "//evil.test",
        "http://localhost:81/x",
        "x",
        "http://[::",
        "http://localhost//evil.test",
    ):
        answer = client.http.get("/nothing-here", headers={"Referer": elsewhere})
        assert answer.status_code == 404
        assert "evil" not in answer.text
        assert "返回</a>" not in answer.text


def test_lists_show_what_holds_and_find_it(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        held, free = requested(session, staff, clock()), requested(session, staff, clock())
    freeze(store, clock, held)
    finance = signed_in(staff.finance)
    for where, name in (("payouts.index", "reference"), ("statements.index", "statement")):
        by_hold = {}
        for hold in ("any", "brokers_free", "invoice_equal"):
            by_hold[hold] = finance.get(where, hold=hold).texts("tbody .cell-title a")
        own = held.reference if name == "reference" else held.statement.number
        assert by_hold == {"any": [own], "brokers_free": [own], "invoice_equal": []}
        assert len(finance.get(where).texts("tbody .cell-title a")) == 2
        assert "冻结" in finance.get(where).main
    assert free.reference in finance.download("payouts.download", kind="csv").get_data(as_text=True)


@pytest.mark.parametrize("role", Role)
def test_only_the_staff_look_for_what_is_held(now: datetime, role: Role) -> None:
    asks = Actor(1, role, 2 if role in {Role.PRINCIPAL, Role.BROKER} else None)
    for chosen in ("any", *Check):
        found = held_by(asks, now, chosen)
        assert (found is None) is (role in {Role.PRINCIPAL, Role.BROKER, Role.REFERRER}), chosen
    assert held_by(asks, now, "nonsense") is None


# A hold released


def test_an_approver_releases_one_hold_with_his_reason(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        payout = requested(session, staff, clock())
    freeze(store, clock, payout)
    approver = signed_in(staff.approver)
    page = approver.get("payouts.show", payout_id=payout.id)
    assert not page.all("form[action$='/approve']")
    page = page.follow("说明原因并解除此项暂停").submit(status=422)
    assert page.errors == ["请说明为何仍可付款，您的姓名会与原因一并记录。"]
    page = page.submit({"reason": "成交早于处罚"})
    assert f"由{staff.approver.name}解除" in page.main
    assert "成交早于处罚" in page.main
    page = page.submit(button="确认复核通过 ¥36,000.00")
    assert "成交早于处罚" in page.main, "it stays to be read"
    approver.get("payouts.release", payout_id=payout.id, hold="bank_settled", status=404)


def test_finance_voids_and_asks_again(store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn) -> None:
    with store.transaction() as session:
        payout = approved(session, staff, clock())
    finance = signed_in(staff.finance)
    page = finance.get("payouts.show", payout_id=payout.id).follow("作废这笔付款").submit({"reason": "金额待核"})
    assert "金额待核" in page.main
    page = finance.get("statements.show", statement_id=payout.statement_id).submit(button="确认重新申请")
    assert page.texts(".notice") == [f"付款 {payout.reference[:-1]}2 已申请。"]


# The bank


def test_the_cashier_chooses_what_goes(store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn) -> None:
    with store.transaction() as session:
        first, second = approved(session, staff, clock()), approved(session, staff, clock())
    page = signed_in(staff.cashier).get("batches.new").submit({"payout": [second.id]}, button="确认付款")
    assert page.texts("table a") == [second.reference]
    with store.reading() as session:
        assert session.get_one(Payout, first.id).state is PayoutState.APPROVED


def test_another_than_the_exporter_confirms_that_it_failed(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        batch = exported(session, staff, clock())
        (payout,) = bank_files.payouts_of(session, batch)
        data = answer(session, batch, {payout.reference: "系统繁忙"})
    cashier, finance = signed_in(staff.cashier), signed_in(staff.finance)
    page = cashier.get("batches.show", batch_id=batch.id).submit(
        {"file": (io.BytesIO(data), "回单.csv")}, form="form[action$='/result']"
    )
    assert "文件所称，待确认" in page.main
    own = page.follow("付款失败")
    assert "您不能决定此行" in own.main
    assert not own.all("form[action$='/confirm']")
    assert "1 条银行回复待确认" in finance.get("payouts.index").main
    page = finance.get("bank_answers.index").follow(payout.reference)
    for words in ("系统繁忙", "回单.csv", staff.cashier.name, batch.number):
        assert words in page.main
    assert "请说明" in page.submit({"reason": ""}, form="form[action$='/dismiss']", status=422).main
    page = page.submit(form="form[action$='/confirm']")
    assert staff.finance.name in page.main
    assert not page.all("form[action$='/confirm']")
    page = finance.get("payouts.show", payout_id=payout.id)
    assert "系统繁忙" in page.main


def test_what_failed_is_asked_for_anew_with_one_button(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        batch = exported(session, staff, clock(), 3)
        one, two, three = bank_files.payouts_of(session, batch)
        failing = {one.reference: "系统繁忙", two.reference: "户名不符", three.reference: "系统繁忙"}
        taken_in(session, staff, clock(), batch, answer(session, batch, failing))
    page = signed_in(staff.finance).get("payouts.index").follow("查看银行说明并重新申请")
    assert "户名不符" in page.main
    assert [box.has_attr("disabled") for box in page.all("input[name=payout]")] == [False, True, False]
    page = page.submit(button="确认重新申请")
    assert page.texts(".notice") == ["已重新申请 2 笔付款。"]


# Invoices


def send(page: Page, amount: str, pdf: bytes = PDF, status: int = 200) -> Page:
    number = "2433 2000 0000 1234 5678"
    typed = {"number": number, "amount": amount, "invoiced_on": "2026-03-10", "file": (io.BytesIO(pdf), "发票.pdf")}
    return page.submit(typed, status=status)


def test_an_agency_sends_replaces_and_reads_why_one_came_back(
    app: Flask, store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    statement, principal = unbilled(store, staff, clock)
    agency, finance = signed_in(principal), signed_in(staff.finance)
    page = agency.get("invoices.index").follow(statement.number).follow("提交发票")
    assert "这不是 PDF" in send(page, "36000", b"MZ\x90", status=422).errors[0]
    page = send(page, "35,999.99")
    assert "金额不一致" in page.main
    assert finance.get("invoices.index", state="unequal").texts("tbody .cell-title a") == [statement.number]
    page = send(page.follow("更换发票"), "36000")
    assert page.texts(".panel .status") == ["有效", "已被替换"]
    page = finance.get("invoices.show", statement_id=statement.id).follow("退回")
    page = page.submit({"reason": "抬头不对"})
    assert "抬头不对" in agency.get("invoices.show", statement_id=statement.id).main
    with store.reading() as session:
        states = session.scalars(select(Invoice.state).order_by(Invoice.id)).all()
        numbers = set(session.scalars(select(Invoice.number)))
    assert (states, numbers) == ([InvoiceState.SUPERSEDED, InvoiceState.REJECTED], {"24332000000012345678"})
    assert finance.download("invoices.download", kind="xlsx").data


def test_finance_checks_an_invoice_and_a_wrong_reading_keeps_what_was_typed(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    statement, principal = unbilled(store, staff, clock)
    send(signed_in(principal).get("invoices.new", statement_id=statement.id), "36000")
    finance = signed_in(staff.finance)
    page = finance.get("home.index").task("待查验的发票").follow(statement.number).follow("查验")
    read = {"amount": "36,000.01", "tax_number": "9133 0100 MA2G YQ8X 5J", "tax_bps": "600"}
    page = page.submit(read, status=422)
    assert "您填的票面金额是 ¥36,000.01" in page.errors[0]
    assert page.one("input[name=tax_number]")["value"] == TAX_NUMBER
    page = page.submit(read | {"amount": "36000"})
    assert page.texts(".page-title .status") == ["已查验"]
    assert "¥2,037.74 (6%)" in page.main
    finance.get("invoices.check", invoice_id=1).submit(read | {"amount": "36000"}, status=422)


def test_a_pdf_is_only_ever_a_download_and_who_takes_it_is_written_down(
    app: Flask, store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    statement, principal = unbilled(store, staff, clock)
    send(signed_in(principal).get("invoices.new", statement_id=statement.id), "36000")
    taken = signed_in(staff.finance).download("invoices.paper", invoice_id=1)
    assert taken.data == PDF
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    with store.reading() as session:
        seen = session.scalars(select(AuditEntry).where(AuditEntry.action == "invoice_seen")).one()
    assert (seen.subject_kind, seen.actor_id) == ("invoices", staff.finance.id)


def test_another_agencys_file_is_refused_kindly_and_written_down(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    for amount, status in (("36000", 200), ("36000", 422)):
        statement, principal = unbilled(store, staff, clock)
        page = send(signed_in(principal).get("invoices.new", statement_id=statement.id), amount, status=status)
    assert page.errors == ["这个文件我们已从别处收到过，无法为您受理。请选择您自己的发票，或联系我们的财务。"]
    with store.reading() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "invoice_copy_refused")).one()
    assert (noted.subject_id, noted.actor_id) == (statement.id, principal.id)


def test_an_agency_reaches_no_other_agencys_invoice(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        payout = requested(session, staff, clock())
    _, principal = unbilled(store, staff, clock)
    stranger = signed_in(principal)
    stranger.get("invoices.show", statement_id=payout.statement_id, status=404)
    stranger.get("invoices.new", statement_id=payout.statement_id, status=404)
    stranger.download("invoices.paper", invoice_id=1, status=404)


def _latest_invoice(store: Database) -> int:
    with store.reading() as session:
        return session.scalars(select(Invoice.id).order_by(Invoice.id.desc())).first() or 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_reads_well_empty_and_full(
    app: Flask, store: Database, staff: Staff, clock: MovableClock, language: str
) -> None:
    statement, principal = unbilled(store, staff, clock)
    finance, approver, agency = (
        PageClient(app, language).sign_in(one) for one in (staff.finance, staff.approver, principal)
    )

    def look() -> None:
        for client, where in (
            *((finance, one) for one in ("payout_queue.failed", "invoices.index", "payouts.index")),
            *((approver, one) for one in ("payout_queue.index", "invoices.index", "payouts.index")),
            *((agency, one) for one in ("invoices.index", "payouts.index")),
        ):
            client.get(where)
        agency.get("invoices.show", statement_id=statement.id)
        agency.get("payouts.show", payout_id=1)

    look()
    with store.transaction() as session:
        batch = exported(session, staff, clock(), 2)
        words = {one.reference: "账号有误" for one in bank_files.payouts_of(session, batch)}
        taken_in(session, staff, clock(), batch, answer(session, batch, words))
        requested(session, staff, clock())
    send(agency.get("invoices.new", statement_id=statement.id), "1.00")
    look()
    finance.get("payouts.void", payout_id=1)
    finance.get("invoices.reject", invoice_id=_latest_invoice(store))


# Deals that changed since


def test_a_changed_deal_is_shown_to_the_approver_and_the_cashier_with_what_the_payee_owes(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        payout, free = approved(session, staff, clock()), approved(session, staff, clock())
        deal = session.scalars(select(Deal).where(Deal.agency_id == payout.agency_id)).one()
        cancel(session, staff, clock(), deal.id)
        unit = deal.unit
    page = signed_in(staff.cashier).get("batches.new")
    assert [box["value"] for box in page.all("input[name=payout]")] == [str(free.id)]
    assert "已退房" in page.main
    assert "尚欠 ¥36,000.00" in page.main
    approver = signed_in(staff.approver)
    assert approver.get("payouts.index", hold="deals_unchanged").texts("tbody .cell-title a") == [payout.reference]
    page = approver.get("payouts.show", payout_id=payout.id)
    for told in (unit, "−¥36,000.00", staff.finance.name, "收款方尚欠 ¥36,000.00"):
        assert told in page.main
    page = page.follow("说明原因并解除此项暂停")
    assert unit in page.main
    page = page.submit({"reason": "下月佣金抵扣"})
    assert "下月佣金抵扣" in page.main
    assert "尚欠 ¥36,000.00" in signed_in(staff.cashier).get("batches.new").main
    principal = make_principal(store, payout)
    assert "已退房" not in signed_in(principal).get("payouts.show", payout_id=payout.id).main


def make_principal(store: Database, payout: Payout) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.PRINCIPAL, agency_id=payout.agency_id)


def test_who_approves_a_repeat_reads_how_it_failed_and_whether_the_account_is_another(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        batch = exported(session, staff, clock())
        (payout,) = bank_files.payouts_of(session, batch)
        data = answer(session, batch, {payout.reference: "对方行暂停服务"})
        taken_in(session, staff, clock(), batch, data)
        again = payouts.request_payout(session, staff.issues, clock(), payout.statement)
    approver = signed_in(staff.approver)
    for page in (approver.get("payout_queue.index"), approver.get("payouts.show", payout_id=again.id)):
        assert payout.reference in page.main
        assert "对方行暂停服务" in page.main
        assert "收款账户与当时相同" in page.main
    clock.move(hours=1)
    with store.transaction() as session:
        make.bank_details(session, session.get_one(Payout, again.id).agency, clock(), account="6222000011112222")
    assert "此后已重新提供收款账户" in approver.get("payout_queue.index").main
