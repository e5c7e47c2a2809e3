"""Invoices: what counts, what is refused, what replaces what; and that the database lets nobody edit one."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.payout import Check
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.files import Files, FolderFiles
from portal.db import Database
from portal.models import Agreement, Invoice, InvoiceState, Role, Statement
from portal.services import invoices, payout_batches, payouts, statements
from portal.services.contacts import vault_of
from portal.services.invoices import Paper, Standing
from tests import factories as make
from tests.db.money import EARNED_FEN, Staff, answer, earned, requested

CURRENT, SUPERSEDED, REJECTED = InvoiceState
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"
PAPER = Paper("24332000000012345678", EARNED_FEN, date(2026, 3, 10), PDF)


@pytest.fixture
def files(session: Session, tmp_path: Path) -> Files:
    return FolderFiles(tmp_path / "files", vault_of(session))


@pytest.fixture
def staff(session: Session) -> Staff:
    return Staff.hired(session)


def unbilled(session: Session, staff: Staff, now: datetime) -> tuple[Statement, Actor]:
    """A new agency's statement without an invoice, and its principal."""
    agency_id = earned(session, staff, now - timedelta(days=1)).agency_id
    row = statements.issue_statement(session, staff.issues, now, payee=f"agency:{agency_id}", month=f"{now:%Y-%m}")
    return row, Actor.of(make.person(session, Role.PRINCIPAL, agency_id=agency_id))


def following(session: Session, staff: Staff, now: datetime, statement: Statement) -> Statement:
    """The agency's next statement."""
    earned(session, staff, now, session.scalars(select(Agreement).filter_by(agency_id=statement.agency_id)).one())
    return statements.issue_statement(session, staff.issues, now, payee=statement.payee, month=statement.month)


def held(session: Session, now: datetime, statement: Statement) -> Refusal | None:
    payout = payouts.of_statement(session, statement)[0]
    return payouts.found_holds(session, now, payout).get(Check.INVOICE_EQUAL)


def test_an_unequal_invoice_is_kept_and_holds_until_another_takes_its_place(
    session: Session, staff: Staff, now: datetime, files: Files
) -> None:
    statement, principal = unbilled(session, staff, now)
    assert held(session, now, statement) == Refusal("invoice_missing", payable_fen=EARNED_FEN)
    wrong = replace(PAPER, amount_fen=EARNED_FEN - 1)
    first = invoices.send_invoice(session, principal, now, files, statement, wrong)
    sums = {"invoiced_fen": EARNED_FEN - 1, "payable_fen": EARNED_FEN}
    assert held(session, now, statement) == Refusal("invoice_unequal", **sums)
    second = invoices.send_invoice(session, principal, now, files, statement, PAPER)
    assert held(session, now, statement) is None
    assert [(one.id, one.state) for one in invoices.of_statement(session, statement)] == [
        (second.id, CURRENT),
        (first.id, SUPERSEDED),
    ]
    assert (first.amount_fen, first.ended_by) == (EARNED_FEN - 1, principal.id)
    assert files.get(first.file_name) == files.get(second.file_name) == PDF


def test_finance_rejects_one_and_the_agency_sends_it_again_put_right(
    session: Session, staff: Staff, now: datetime, files: Files
) -> None:
    statement, principal = unbilled(session, staff, now)
    invoice = invoices.send_invoice(session, principal, now, files, statement, PAPER)
    with pytest.raises(Refusal, match="invoice_reason_needed"):
        invoices.reject_invoice(session, staff.issues, now, invoice, reason=" ")
    invoices.reject_invoice(session, staff.issues, now, invoice, reason="抬头不对")
    assert held(session, now, statement) == Refusal("invoice_missing", payable_fen=EARNED_FEN)
    with pytest.raises(Refusal, match="invoice_ended"):
        invoices.reject_invoice(session, staff.issues, now, invoice, reason="again")
    invoices.send_invoice(session, principal, now, files, statement, PAPER)
    assert held(session, now, statement) is None


def _same(paper: Paper) -> Paper:
    return paper


def _other_number(paper: Paper) -> Paper:
    return replace(paper, number="2")


def _other_file(paper: Paper) -> Paper:
    return replace(paper, content=PDF + b"2")


REFUSED = [
    ("own", _same, "invoice_same", None),
    ("next", _other_file, "invoice_number_used", "number"),
    ("next", _other_number, "invoice_file_used", "file"),
    ("other", _same, "invoice_file_known", "file"),
    ("other", _other_number, "invoice_file_known", "file"),
    ("own", lambda paper: replace(paper, invoiced_on=date(2026, 3, 11)), "invoice_day", "invoiced_on"),
    ("own", lambda paper: replace(paper, invoiced_on=date(2025, 1, 1)), "invoice_day", "invoiced_on"),
]


@pytest.mark.parametrize(("where", "changed", "code", "field"), REFUSED)
def test_what_is_no_invoice_of_this_statement(
    session: Session,
    staff: Staff,
    now: datetime,
    files: Files,
    where: str,
    changed: Callable[[Paper], Paper],
    code: str,
    field: str | None,
) -> None:
    """One invoice is sent for the agency's first statement; then the same, or nearly the same, elsewhere."""
    first, principal = unbilled(session, staff, now)
    invoices.send_invoice(session, principal, now, files, first, PAPER)
    if where == "next":
        target = following(session, staff, now, first)
    elif where == "other":
        target, principal = unbilled(session, staff, now)
    else:
        target = first
    with pytest.raises(Refusal) as refused:
        invoices.send_invoice(session, principal, now, files, target, changed(PAPER))
    assert (refused.value.code, refused.value.facts.get("field")) == (code, field)


def test_another_agency_may_have_the_same_number(session: Session, staff: Staff, now: datetime, files: Files) -> None:
    for content in (PDF, PDF + b"2"):
        statement, principal = unbilled(session, staff, now)
        invoices.send_invoice(session, principal, now, files, statement, replace(PAPER, content=content))


def test_what_a_replaced_invoice_had_is_free_again(session: Session, staff: Staff, now: datetime, files: Files) -> None:
    """It was sent for the wrong statement: it may now be sent for the right one."""
    first, principal = unbilled(session, staff, now)
    invoices.send_invoice(session, principal, now, files, first, PAPER)
    invoices.send_invoice(session, principal, now, files, first, replace(PAPER, number="2", content=PDF + b"2"))
    second = following(session, staff, now, first)
    assert invoices.send_invoice(session, principal, now, files, second, PAPER).state is CURRENT


def test_a_statement_whose_money_is_gone_needs_none(
    session: Session, staff: Staff, now: datetime, files: Files
) -> None:
    payout = requested(session, staff, now)
    principal = Actor.of(make.person(session, Role.PRINCIPAL, agency_id=payout.agency_id))
    payouts.approve_payout(session, staff.approves, now, payout)
    batch, _ = payout_batches.export_payouts(session, staff.pays, now)
    invoice = invoices.current(session, payout.statement)
    for deed in (
        lambda: invoices.send_invoice(session, principal, now, files, payout.statement, PAPER),
        lambda: invoices.reject_invoice(session, staff.issues, now, invoice, reason="late"),
    ):
        with pytest.raises(Refusal, match="invoice_not_wanted"):
            deed()
    payout_batches.import_result(session, staff.pays, now, batch, answer(session, batch, {payout.reference: "no"}))
    assert invoices.send_invoice(session, principal, now, files, payout.statement, PAPER).state is CURRENT


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"MZ" + PDF, "invoice_kind"),
        (b"<html>", "invoice_kind"),
        (b"%PDF-1.7 cut off", "invoice_damaged"),
        (PDF + b" " * invoices.MAX_BYTES, "invoice_too_large"),
    ],
)
def test_what_is_no_pdf_is_told_by_its_content(data: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        invoices.take_in(data)
    assert invoices.take_in(PDF) == PDF


def test_the_list_tells_missing_from_unequal_and_equal(
    session: Session, staff: Staff, now: datetime, files: Files
) -> None:
    rows = {}
    for number, (standing, gap) in enumerate(zip(Standing, (None, 1, 0), strict=True)):
        rows[standing], principal = unbilled(session, staff, now)
        if gap is not None:
            sent = Paper(str(number), EARNED_FEN + gap, PAPER.invoiced_on, PDF + bytes([number]))
            invoices.send_invoice(session, principal, now, files, rows[standing], sent)
    for standing, row in rows.items():
        found = session.scalars(invoices.listing(staff.issues, standing=standing)).all()
        assert found == [row]
        assert [one.standing for one in invoices.billed(session, found)] == [standing]
        assert session.scalars(invoices.listing(principal)).all() == [rows[Standing.OK]]


EDITS = (
    "UPDATE invoices SET amount_fen = amount_fen + 1",
    "UPDATE invoices SET state = 'current', ended_at = NULL, ended_by = NULL WHERE state = 'superseded'",
    "DELETE FROM invoices",
)


@pytest.mark.parametrize("edit", EDITS)
def test_the_database_lets_nobody_edit_one(
    session: Session, staff: Staff, now: datetime, files: Files, edit: str
) -> None:
    statement, principal = unbilled(session, staff, now)
    invoices.send_invoice(session, principal, now, files, statement, replace(PAPER, number="1"))
    invoices.send_invoice(session, principal, now, files, statement, PAPER)
    with pytest.raises(DBAPIError, match="an invoice is never"):
        session.execute(text(edit))


def test_of_invoices_that_are_sent_at_once_one_counts(database: Database, now: datetime, tmp_path: Path) -> None:
    with database.transaction() as session:
        statement, principal = unbilled(session, Staff.hired(session), now)
        files = FolderFiles(tmp_path / "files", vault_of(session))
        key = statement.id
    start, refused = threading.Barrier(4), []

    def send(number: int) -> None:
        paper = Paper(f"N-{number}", EARNED_FEN, PAPER.invoiced_on, PDF + bytes([number]))
        start.wait()
        try:
            with database.transaction() as session:
                invoices.send_invoice(session, principal, now, files, session.get_one(Statement, key), paper)
        except Refusal as refusal:
            refused.append(refusal.code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        states = dict(session.execute(select(Invoice.state, func.count()).group_by(Invoice.state)).all())
        names = set(session.scalars(select(Invoice.file_name)))
    assert states[CURRENT] == 1
    assert set(refused) <= {"invoice_raced", "invoice_ended"}
    assert sum(states.values()) + len(refused) == 4
    assert set(files.written_before(now + timedelta(days=10_000))) == names, "a refused one leaves no file"
