"""Invoices: what counts, what is refused, what replaces what; and that the database lets nobody edit one."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.payout import Check
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.storage.files import Files, FolderFiles
from portal.db import Database
from portal.models import Agreement, Invoice, InvoiceState, Role, Statement
from portal.services.contacts import vault_of
from portal.services.payouts import bank_files, invoices, payouts
from portal.services.payouts.invoices import InvoiceMatch, Paper
from portal.services.statements import issuing
from tests import factories as make
from tests.db.money import EARNED_FEN, Staff, answer, earned, requested, taken_in
from tests.factories.papers import TAX_NUMBER

CURRENT, SUPERSEDED, REJECTED = InvoiceState
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"
UNCHECKED = Refusal("invoice_unchecked")
READ = {"read_fen": EARNED_FEN, "tax_number": TAX_NUMBER, "tax_bps": 600}
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
    row = issuing.issue_statement(session, staff.issues, now, payee=f"agency:{agency_id}", month=f"{now:%Y-%m}")
    return row, Actor.of(make.person(session, Role.PRINCIPAL, agency_id=agency_id))


def following(session: Session, staff: Staff, now: datetime, statement: Statement) -> Statement:
    """The agency's next statement."""
    earned(session, staff, now, session.scalars(select(Agreement).filter_by(agency_id=statement.agency_id)).one())
    return issuing.issue_statement(session, staff.issues, now, payee=statement.payee, month=statement.month)


def held(session: Session, now: datetime, statement: Statement) -> Refusal | None:
    payout = payouts.of_statement(session, statement)[0]
    return payouts.found_holds(session, now, payout).get(Check.INVOICE_EQUAL)


def check(session: Session, staff: Staff, now: datetime, invoice: Invoice, **typed: Any) -> None:
    invoices.check_invoice(session, staff.issues, now, invoice, **READ | typed)


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
    assert held(session, now, statement) == UNCHECKED
    check(session, staff, now, second)
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
    assert [one.invoice for one in invoices.billed(session, [statement])] == [None]
    assert held(session, now, statement) == Refusal("invoice_missing", payable_fen=EARNED_FEN)
    with pytest.raises(Refusal, match="invoice_ended"):
        invoices.reject_invoice(session, staff.issues, now, invoice, reason="again")
    invoices.send_invoice(session, principal, now, files, statement, PAPER)
    assert held(session, now, statement) == UNCHECKED


def test_a_checked_invoice_is_replaced_by_an_unchecked_one(
    session: Session, staff: Staff, now: datetime, files: Files
) -> None:
    statement, principal = unbilled(session, staff, now)
    first = invoices.send_invoice(session, principal, now, files, statement, PAPER)
    check(session, staff, now, first)
    with pytest.raises(Refusal, match="invoice_checked_already"):
        check(session, staff, now, first)
    invoices.send_invoice(session, principal, now, files, statement, replace(PAPER, number="7"))
    assert held(session, now, statement) == UNCHECKED
    with pytest.raises(Refusal, match="invoice_ended"):
        check(session, staff, now, first)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"read_fen": EARNED_FEN - 1}, "invoice_read_differs"),
        ({"tax_number": "91330100MA2GYQ8X5K"}, "tax_number_wrong"),
        ({"tax_bps": 700}, "tax_rate_unknown"),
    ],
)
def test_a_check_is_what_finance_reads(
    session: Session, staff: Staff, now: datetime, files: Files, typed: dict[str, Any], code: str
) -> None:
    statement, principal = unbilled(session, staff, now)
    invoice = invoices.send_invoice(session, principal, now, files, statement, PAPER)
    with pytest.raises(Refusal, match=code):
        check(session, staff, now, invoice, **typed)
    with pytest.raises(Refusal, match="own_payee"):
        invoices.check_invoice(session, principal, now, invoice, **READ)
    assert held(session, now, statement) == UNCHECKED


def test_an_unequal_invoice_is_never_checked(session: Session, staff: Staff, now: datetime, files: Files) -> None:
    statement, principal = unbilled(session, staff, now)
    wrong = replace(PAPER, amount_fen=EARNED_FEN - 1)
    invoice = invoices.send_invoice(session, principal, now, files, statement, wrong)
    with pytest.raises(Refusal, match="invoice_unequal"):
        check(session, staff, now, invoice, read_fen=EARNED_FEN - 1)


def test_the_number_of_an_e_invoice_counts_once_in_the_country(
    session: Session, staff: Staff, now: datetime, files: Files
) -> None:
    statements_of_two = [unbilled(session, staff, now) for _ in range(2)]
    (first, owner), (second, rival) = statements_of_two
    invoices.send_invoice(session, owner, now, files, first, PAPER)
    copied = replace(PAPER, content=PDF + b"copied")
    with pytest.raises(Refusal, match="invoice_number_known"):
        invoices.send_invoice(session, rival, now, files, second, copied)
    old = replace(copied, number="12345678")
    invoices.send_invoice(session, owner, now, files, first, replace(old, content=PDF + b"old"))
    invoices.send_invoice(session, rival, now, files, second, old)  # eight digits are not given out once


def test_two_of_a_national_number_that_came_before_the_rule_are_not_both_checked(
    session: Session, staff: Staff, now: datetime
) -> None:
    rows = [make.invoice(session, unbilled(session, staff, now)[0], number="2" * 20, checked=False) for _ in range(2)]
    check(session, staff, now, rows[0])
    with pytest.raises(Refusal, match="invoice_number_known"):
        check(session, staff, now, rows[1])


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE invoices SET checked_by = NULL",
        "UPDATE invoices SET tax_bps = 0",
        "UPDATE invoices SET checked_by = NULL, checked_at = NULL, tax_number = NULL, tax_bps = NULL",
    ],
)
def test_nobody_edits_a_check(session: Session, staff: Staff, now: datetime, wrong: str) -> None:
    make.invoice(session, unbilled(session, staff, now)[0])
    with pytest.raises(DBAPIError, match="check"), session.begin_nested():
        session.execute(text(wrong))


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
    batch, _ = bank_files.export_payouts(session, staff.pays, now)
    invoice = invoices.current(session, payout.statement)
    for deed in (
        lambda: invoices.send_invoice(session, principal, now, files, payout.statement, PAPER),
        lambda: invoices.reject_invoice(session, staff.issues, now, invoice, reason="late"),
    ):
        with pytest.raises(Refusal, match="invoice_not_wanted"):
            deed()
    taken_in(session, staff, now, batch, answer(session, batch, {payout.reference: "no"}))
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
    for number, (standing, gap) in enumerate(zip(InvoiceMatch, (None, 1, 0, 0), strict=True)):
        rows[standing], principal = unbilled(session, staff, now)
        if gap is not None:
            sent = Paper(str(number), EARNED_FEN + gap, PAPER.invoiced_on, PDF + bytes([number]))
            row = invoices.send_invoice(session, principal, now, files, rows[standing], sent)
            if standing is InvoiceMatch.OK:
                check(session, staff, now, row)
    for standing, row in rows.items():
        found = session.scalars(invoices.listing(staff.issues, standing=standing)).all()
        assert found == [row]
        assert [one.standing for one in invoices.billed(session, found)] == [standing]
        assert session.scalars(invoices.listing(principal)).all() == [rows[InvoiceMatch.OK]]


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
