"""A statement to keep: the PDF and the workbook say what the page says, in the reader's language, and who took them."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pypdfium2
import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from commissions.ledger import Fault
from portal.db import Database
from portal.models import AuditEntry, Deal, PaperKind, Person, PostedLine, Role, Statement, StatementPaper
from portal.services.deals import corrections
from portal.services.statements import adjustments, issuing
from portal.services.verification import proof
from tests import factories as make
from tests.clock import MovableClock
from tests.db.money import EARNED_FEN, Staff, cancel, earned
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def staff(store: Database) -> Staff:
    with store.transaction() as session:
        return Staff.hired(session)


@pytest.fixture
def issued(store: Database, staff: Staff, clock: MovableClock) -> list[Statement]:
    """An agency's three statements of a month: one paid out, one carried on, one that takes what was carried."""
    with store.transaction() as session:
        pair = earned(session, staff, clock())
        issue = {"payee": f"agency:{pair.agency_id}", "month": "2026-03"}
        found = [issuing.issue_statement(session, staff.issues, clock(), **issue)]
        cancel(session, staff, clock() + timedelta(hours=1), session.scalars(select(Deal.id)).one())
        clock.move(hours=2)
        found.append(issuing.issue_statement(session, staff.issues, clock(), **issue))
        for _ in range(2):
            earned(session, staff, clock(), pair)
        found.append(issuing.issue_statement(session, staff.issues, clock(), **issue))
        return found


def text_of(content: bytes) -> list[str]:
    """The text of each page of a PDF."""
    pdf = pypdfium2.PdfDocument(content)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in pdf]
    finally:
        pdf.close()


def test_the_pdf_says_what_the_page_says(
    store: Database, staff: Staff, issued: list[Statement], signed_in: SignedIn
) -> None:
    finance = signed_in(staff.finance)
    page = finance.get("statements.show", statement_id=issued[2].id)
    answer = finance.download("statements.document", statement_id=issued[2].id, kind="pdf")
    [said] = text_of(answer.data)
    assert answer.mimetype == "application/pdf"
    assert len(answer.data) < 60_000
    carried, arithmetic = "−¥36,000.00 由对账单 2026-03-0002 结转而来", "¥2,000,000.00 × 1.8% = ¥36,000.00"
    for words in ("对账单 2026-03-0003", carried, arithmetic):
        assert words in said
    assert "由对账单 2026-03-0002 结转而来" in page.main
    assert "第 1 页，共 1 页" in said
    assert staff.finance.name not in said
    with store.reading() as session:
        taken = session.scalars(select(AuditEntry).where(AuditEntry.action == "statement_taken")).one()
        assert (taken.subject_id, taken.facts) == (issued[2].id, {"kind": "pdf"})


def test_an_agency_gets_its_own_in_its_language_without_our_colleagues_names(
    app: Flask, store: Database, staff: Staff, issued: list[Statement]
) -> None:
    with store.transaction() as session:
        own = make.person(session, Role.PRINCIPAL, agency_id=issued[0].agency_id)
        other = make.person(session, Role.PRINCIPAL)
    client = PageClient(app, "en").sign_in(own)
    [said] = text_of(client.download("statements.document", statement_id=issued[1].id, kind="pdf").data)
    assert "Statement 2026-03-0002" in said
    assert "The deal was cancelled, so what was posted is taken back." in said
    assert "is carried on to the next statement" in said  # which one that is was not known when it was issued
    assert staff.finance.name not in said
    PageClient(app).sign_in(other).get("statements.document", statement_id=issued[1].id, kind="pdf", status=404)
    client.get("statements.document", statement_id=issued[1].id, kind="docx", status=404)


def test_what_was_given_once_is_given_again_byte_for_byte(
    store: Database, app: Flask, staff: Staff, issued: list[Statement], clock: MovableClock, signed_in: SignedIn
) -> None:
    """To whoever asks in that language, whatever becomes of words and brand; another language is a paper of its own."""
    with store.transaction() as session:
        own = make.person(session, Role.PRINCIPAL, agency_id=issued[0].agency_id)

    def taken(reader: PageClient) -> list[bytes]:
        asked = ({"statement_id": issued[0].id, "kind": kind} for kind in ("pdf", "xlsx"))
        return [reader.download("statements.document", **one).data for one in asked]

    first = taken(signed_in(own))
    clock.move(days=3)
    with store.transaction() as session:
        session.get_one(Deal, 1).development.name = "改了名的楼盘"
    app.extensions["config"] = replace(app.extensions["config"], brand_name_zh="改了名的品牌")
    assert taken(signed_in(staff.finance)) == first
    english = taken(PageClient(app, "en").sign_in(own))
    assert english != first
    with store.reading() as session:
        kept = session.scalars(select(StatementPaper).order_by(StatementPaper.id)).all()
        assert [(row.kind, row.language) for row in kept] == [
            (PaperKind.PDF, "zh-Hans-CN"),
            (PaperKind.XLSX, "zh-Hans-CN"),
            (PaperKind.PDF, "en"),
            (PaperKind.XLSX, "en"),
        ]
        assert [sha256(one).hexdigest() for one in (*first, *english)] == [row.digest for row in kept]
        files = app.extensions["files"]
        assert proof.verify_ledger(session, files=files).fault is None
        files.put(kept[1].file_name, b"another workbook")
        assert proof.verify_ledger(session, files=files).fault == Fault(0, "paper", "2026-03-0001.xlsx")
        files.delete(kept[0].file_name)
        assert proof.verify_ledger(session, files=files).fault == Fault(0, "paper", "2026-03-0001.pdf")
    answer = signed_in(own).get("statements.document", statement_id=issued[0].id, kind="pdf", status=409)
    assert "不是" in answer.main


def test_the_workbook_holds_figures_that_add_up(staff: Staff, issued: list[Statement], signed_in: SignedIn) -> None:
    answer = signed_in(staff.finance).download("statements.document", statement_id=issued[2].id, kind="xlsx")
    book = load_workbook(io.BytesIO(answer.data))
    summary, lines, explained = book.worksheets
    assert lines.freeze_panes == "A2"
    amounts = [row[-1] for row in lines.iter_rows(min_row=2)]
    assert sum(cell.value for cell in amounts) == 2 * EARNED_FEN / 100
    assert {cell.number_format for cell in amounts} == {"#,##0.00"}
    said = {row[0]: row[1] for row in summary.iter_rows(values_only=True)}
    assert (said["上期结转"], said["应付"]) == (-36_000, 36_000)
    assert "1.8%" in " ".join(str(row[3]) for row in explained.iter_rows(values_only=True))


def test_what_is_corrected_or_renamed_later_changes_no_word_of_it(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    """Price, home, broker and payee stand as they were when it was issued, on every page and in every file."""
    with store.transaction() as session:
        pair = earned(session, staff, clock())
        row = issuing.issue_statement(session, staff.issues, clock(), payee=f"agency:{pair.agency_id}", month="2026-03")
        deal = session.scalars(select(Deal)).one()
        line_id = session.scalars(select(PostedLine.id)).one()
    finance = signed_in(staff.finance)

    def said() -> list[object]:
        csv, xlsx = (finance.download("statements.document", statement_id=row.id, kind=one) for one in ("csv", "xlsx"))
        book = load_workbook(io.BytesIO(xlsx.data))
        cells = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
        evidence = finance.get("ledger.evidence", line_id=line_id).main
        return [
            csv.data,
            cells,
            finance.get("statements.show", statement_id=row.id).main,
            finance.get("earnings.line", line_id=line_id).main,
            evidence[evidence.index("收款方") : evidence.index("成交现状")],
        ]

    before = said()
    with store.transaction() as session:
        deal = session.get_one(Deal, deal.id)
        corrections.correct_deal(
            session, staff.issues, clock(), deal, corrections.DealFacts(price_fen=1_500_000_00), reason="合同价有误"
        )
        deal.development.name, deal.owner.name, deal.agency.name = "改了名的楼盘", "改了名的经纪人", "改了名的公司"
    assert said() == before


def test_the_page_leads_through_versions_and_to_each_causes_lines(
    staff: Staff, issued: list[Statement], signed_in: SignedIn
) -> None:
    finance = signed_in(staff.finance)
    page = finance.get("statements.show", statement_id=issued[0].id).follow("2（2026-03-0002）").follow("2026-03-0003")
    assert page.h1 == "对账单 2026-03-0003"
    figure = page.one("[data-picture]")
    assert '"kind": "waterfall"' in figure["data-picture"]
    assert figure["aria-label"]
    page = finance.get("statements.show", statement_id=issued[1].id).follow("追回")
    assert page.texts("#results td.cell-figure") == ["−¥36,000.00"]
    page = finance.get("statements.show", statement_id=issued[1].id, cause="fine")
    assert page.texts("#results td.cell-figure") == []


def test_a_line_without_a_deal_is_read_as_well(
    store: Database, staff: Staff, issued: list[Statement], clock: MovableClock, signed_in: SignedIn
) -> None:
    """An adjustment's line, on the lists and on its own page."""
    with store.transaction() as session:
        row = make.adjustment(session, payee=issued[0].payee, proposed_by=staff.finance.id)
        key = adjustments.approve_adjustment(session, staff.approves, clock(), row).id
        owner = make.person(session, Role.PRINCIPAL, agency_id=issued[0].agency_id)
    for person in (staff.finance, owner):
        client = signed_in(person)
        assert "手工调整" in client.get("earnings.index").main
        page = client.get("earnings.line", line_id=key)
        assert "手工更正" in page.main
        assert client.download("earnings.download", kind="csv").data
    signed_in(owner).get("earnings.index", stated="no").follow("手工调整")


def test_a_statement_of_fifty_lines_turns_its_pages(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        pair = earned(session, staff, clock())
        for _ in range(24):
            earned(session, staff, clock(), pair)
        issue = {"payee": f"agency:{pair.agency_id}", "month": "2026-03"}
        row = issuing.issue_statement(session, staff.issues, clock(), **issue)
        count = len(session.scalars(select(PostedLine)).all())
    pages = text_of(signed_in(staff.finance).download("statements.document", statement_id=row.id, kind="pdf").data)
    assert len(pages) > 1
    assert [f"第 {place} 页，共 {len(pages)} 页" in said for place, said in enumerate(pages, 1)] == [True] * len(pages)
    assert sum(said.count("2026年3月10日") for said in pages) >= count
    assert all("金额" in said for said in pages)


def test_a_principal_agrees_to_a_statement_once(
    store: Database, staff: Staff, issued: list[Statement], signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        own = make.person(session, Role.PRINCIPAL, agency_id=issued[0].agency_id)
    page = signed_in(own).get("statements.show", statement_id=issued[0].id)
    agreed = page.submit({}, form='form[action$="/accept"]')
    assert "已确认" in agreed.main
    assert own.name in agreed.main
    assert not agreed.all('form[action$="/accept"]')
    seen = signed_in(staff.finance).get("statements.show", statement_id=issued[0].id)
    assert own.name in seen.main
    assert not seen.all('form[action$="/accept"]')
