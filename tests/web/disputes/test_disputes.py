"""From a principal's dispute to an adjustment on the next statement, by the pages of four people."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import Database
from portal.models import Adjustment, AuditEntry, Dispute, Payout, Person, PostedLine, Role
from tests import factories as make
from tests.clock import MovableClock
from tests.db.money import Staff, requested
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]
PDF = b"%PDF-1.4 a page of the contract %%EOF"


@pytest.fixture
def staff(store: Database) -> Staff:
    with store.transaction() as session:
        return Staff.hired(session)


@pytest.fixture
def payout(store: Database, staff: Staff, clock: MovableClock) -> Payout:
    """The payout of an agency's first statement, requested."""
    with store.transaction() as session:
        return requested(session, staff, clock())


@pytest.fixture
def principal(store: Database, payout: Payout) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.PRINCIPAL, agency_id=payout.agency_id)


def line_id(store: Database) -> int:
    with store.reading() as session:
        return session.scalars(select(PostedLine.id).order_by(PostedLine.id)).first()


def upload(content: bytes = PDF, name: str = "合同第三页.pdf") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def test_a_dispute_goes_from_the_line_to_an_adjustment(
    store: Database, staff: Staff, payout: Payout, principal: Person, clock: MovableClock, signed_in: SignedIn
) -> None:
    owner, finance, approver = (signed_in(one) for one in (principal, staff.finance, staff.approver))
    page = owner.get("earnings.line", line_id=line_id(store)).follow("对此明细提出异议")
    page = page.submit({"words": ""}, status=422)
    page = page.submit({"words": "合同价是 2,050,000 元", "files": upload()})
    assert page.texts(".notice")[0].startswith("异议已提交")
    assert "合同第三页.pdf" in page.main

    clock.move(days=2)
    page = finance.get("home.index").task("待答复的异议")
    page = page.follow(page.texts("td.cell-title a")[0])
    assert "已等待 2 天" in page.main
    page = page.submit({"outcome": "adjust", "words": "核实属实，补差额"}, button="发送答复")
    assert page.h1 == "提交手工调整"
    page = page.submit(
        {"direction": "plus", "amount": "900", "reason": "合同价更正", "attachment": upload(name="补充协议.pdf")}
    )
    assert page.texts(".notice")[0].startswith("已提交")
    assert "由另一人决定" in page.main

    page = approver.get("adjustments.index", state="proposed")
    page = page.follow(payout.agency.name).submit(button="确认入账 +¥900.00")
    assert page.texts(".notice")[0].startswith("已批准")
    page = page.follow("+¥900.00")
    assert "合同价更正" in page.main
    page = owner.get("disputes.index").follow(page.client.get("disputes.index").texts("td.cell-title a")[0])
    assert "核实属实，补差额" in page.main
    assert "+¥900.00" in page.main
    with store.reading() as session:
        deeds = set(session.scalars(select(AuditEntry.action)))
        assert deeds >= {"line_disputed", "dispute_answered", "adjustment_proposed", "adjustment_approved"}


def test_a_principal_takes_a_dispute_back(
    store: Database, staff: Staff, principal: Person, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        dispute = make.dispute(session, line_id=session.scalars(select(PostedLine.id)).one())
    page = signed_in(principal).get("disputes.show", dispute_id=dispute.id).submit(button="确认撤回")
    assert "已撤回" in page.texts(".page-title .status")
    finance = signed_in(staff.finance)
    page = finance.get("disputes.show", dispute_id=dispute.id)
    assert "您的答复" not in page.main


def test_files_are_opened_by_who_may_and_that_is_written_down(
    store: Database, staff: Staff, payout: Payout, principal: Person, signed_in: SignedIn
) -> None:
    owner = signed_in(principal)
    owner.get("disputes.new", line_id=line_id(store)).submit({"words": "少算了", "files": upload()})
    with store.reading() as session:
        dispute = session.scalars(select(Dispute)).one()
        file = {"dispute_id": dispute.id, "file_id": dispute.files[0].id}
    answer = signed_in(staff.finance).download("disputes.file", **file)
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with store.transaction() as session:
        stranger = make.person(session, Role.PRINCIPAL)
    signed_in(stranger).get("disputes.file", status=404, **file)
    signed_in(stranger).get("disputes.new", line_id=line_id(store), status=404)
    with store.reading() as session:
        assert session.scalars(select(AuditEntry.actor_id).where(AuditEntry.action == "dispute_file_seen")).all() == [
            staff.finance.id
        ]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"MZ an executable", "合同.pdf", "既不是 PDF 也不是"),
        (b"%PDF-1.7 cut sh", "合同.pdf", "损坏"),
        (b"%PDF-1.7" + b"0" * 1_000 + b"%%EOF", "大.pdf", "太大"),
    ],
)
def test_what_is_no_paper_is_refused_at_the_field(
    payout: Payout,
    staff: Staff,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    name: str,
    said: str,
) -> None:
    monkeypatch.setattr("portal.adapters.papers.documents.MAX_BYTES", 1_000)
    page = signed_in(staff.finance).get("adjustments.new", payee=payout.payee)
    facts = {"direction": "minus", "amount": "1,000.00", "reason": "多付"}
    page = page.submit(facts | {"attachment": upload(content, name)}, status=422)
    assert any(said in error for error in page.errors)


def test_an_adjustment_is_turned_down_or_withdrawn(
    store: Database, payout: Payout, staff: Staff, signed_in: SignedIn
) -> None:
    finance, approver = signed_in(staff.finance), signed_in(staff.approver)
    for _ in range(2):
        page = finance.get("adjustments.new", payee=payout.payee)
        facts = {"direction": "minus", "amount": "1000", "reason": "多付", "attachment": upload()}
        page = page.submit(facts)
    page = page.submit(button="确认撤回")
    assert page.texts(".notice")[0].startswith("申请已撤回")
    page = approver.get("adjustments.show", adjustment_id=1).follow("驳回")
    page = page.submit({"words": ""}, button="驳回", status=422)
    page = page.submit({"words": "附件不清楚"}, button="驳回")
    assert "附件不清楚" in page.main
    finance.download("adjustments.attachment", adjustment_id=1)
    with store.reading() as session:
        assert {row.amount_fen for row in session.scalars(select(Adjustment))} == {-1_000_00}
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "attachment_seen")).one()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_lists_read_well_empty_and_full(
    app: Flask, store: Database, staff: Staff, payout: Payout, principal: Person, language: str
) -> None:
    finance, owner = (PageClient(app, language).sign_in(one) for one in (staff.finance, principal))
    for client, where in ((finance, "disputes.index"), (finance, "adjustments.index"), (owner, "disputes.index")):
        client.get(where)
        client.get(where, state="open")
    with store.transaction() as session:
        dispute = make.dispute(session, line_id=session.scalars(select(PostedLine.id)).one())
        make.adjustment(session, payee=payout.payee)
    for where in ("disputes.index", "adjustments.index"):
        assert finance.get(where).texts("tbody tr")
    for kind in ("csv", "xlsx"):
        assert finance.download("disputes.download", kind=kind).data
        assert finance.download("adjustments.download", kind=kind).data
    owner.get("disputes.show", dispute_id=dispute.id)
    finance.get("adjustments.new", dispute=dispute.id)
