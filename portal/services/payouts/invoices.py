"""Invoices (发票): an agency bills what its statement pays, and finance looks at it (rules 6.2, 6.6).

An invoice that counts is one a statement. One over another sum is kept and holds the payout; the agency replaces it,
and the earlier one is superseded, never edited. A number stands for one statement of its agency, and a file for one
statement anywhere: the database's partial unique indexes decide who was first.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...adapters.papers import documents
from ...adapters.storage.files import Files, new_name
from ...clock import local_day
from ...models import Invoice, InvoiceState, Payout, PayoutState, Statement
from ...rules.payouts import invoice as rule
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..kept_files import forget_unless_committed
from . import holds

MAX_BYTES = 5_000_000
NATIONAL_DIGITS = 20
"""How long the number of an e-invoice (数电票) is: it is given out by the tax office, once in the country."""

OLDEST = timedelta(days=400)
"""An invoice's day lies within the last year or so; another one is a slip of the pen."""


class InvoiceMatch(StrEnum):
    """What a statement's invoice is to its payable sum."""

    MISSING = "missing"
    UNEQUAL = "unequal"
    UNCHECKED = "unchecked"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice as the agency types it, with the PDF it sends."""

    number: str
    amount_fen: int
    invoiced_on: date
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Billed:
    """A payable statement with the invoice that counts, if there is one."""

    statement: Statement
    invoice: Invoice | None

    @property
    def standing(self) -> InvoiceMatch:
        if self.invoice is None:
            return InvoiceMatch.MISSING
        if self.invoice.amount_fen != self.statement.payable_fen:
            return InvoiceMatch.UNEQUAL
        return InvoiceMatch.UNCHECKED if self.invoice.checked_at is None else InvoiceMatch.OK


# Sending


def take_in(data: bytes) -> bytes:
    """The PDF that was sent, judged by its content.

    It is kept as it is, since a copy would prove less, and is handed out only as a download. Raises Refusal
    `invoice_too_large`, `invoice_kind` and `invoice_damaged`.
    """
    if len(data) > MAX_BYTES:
        raise Refusal("invoice_too_large", field="file", most_mb=MAX_BYTES // 1_000_000)
    if not data.startswith(b"%PDF-"):
        raise Refusal("invoice_kind", field="file")
    try:
        return documents.take_in(data, "invoice.pdf").content
    except Refusal as refusal:
        raise Refusal("invoice_damaged", field="file") from refusal


def send_invoice(
    session: Session, actor: Actor, now: datetime, files: Files, statement: Statement, paper: Paper
) -> Invoice:
    """Take in an agency's invoice for a statement; the one that counted before is superseded.

    Over another sum than the statement's it is kept, and holds the payout. Raises Refusal `invoice_not_wanted` for a
    statement that pays nothing or is on its way to the bank, `invoice_day`, `invoice_same` for the one that counts
    already, `invoice_number_used` with the `statement`, `invoice_file_used`, `invoice_file_known` for a file that
    another agency sent, `invoice_number_known` for a national number (of twenty digits) that counts for another
    agency, and `invoice_raced`.
    """
    _may_send(session, now, statement, paper)
    before = current(session, statement)
    if before is not None:
        _refuse_the_same(before, paper)
        _end(session, actor, now, before, InvoiceState.SUPERSEDED)
    row = _stored(session, actor, now, statement, paper)
    files.put(row.file_name, paper.content)
    forget_unless_committed(session, files, row.file_name)
    facts = {"number": row.number, "amount_fen": row.amount_fen, "statement": statement.number}
    audit.record(session, actor, now, "invoice_sent", row, supersedes=before.id if before else None, **facts)
    _tell(session, actor, now, "invoice_sent", row)
    return row


def note_copy(session: Session, actor: Actor, now: datetime, statement: Statement, digest: str) -> None:
    """Write down that an agency sent a file that another agency had sent: somebody should ask why."""
    audit.record(session, actor, now, "invoice_copy_refused", statement, digest=digest)
    whom = Concerned(agency=statement.agency_id)
    tell(session, actor, now, "invoice_copy_refused", statement, whom, number=statement.number)


def _tell(session: Session, actor: Actor, now: datetime, kind: str, invoice: Invoice) -> None:
    statement = invoice.statement
    facts = {"statement": statement.number, "statement_id": statement.id, "amount_fen": invoice.amount_fen}
    tell(session, actor, now, kind, invoice, Concerned(agency=statement.agency_id), **facts)


def _may_send(session: Session, now: datetime, statement: Statement, paper: Paper) -> None:
    if not statement.payable_fen or statement.agency_id is None or not awaited(session, statement):
        raise Refusal("invoice_not_wanted")
    if not local_day(now) - OLDEST < paper.invoiced_on <= local_day(now):
        raise Refusal("invoice_day", field="invoiced_on")
    counts = Invoice.state == InvoiceState.CURRENT
    elsewhere, of_others = Invoice.statement_id != statement.id, Invoice.agency_id != statement.agency_id
    if session.scalar(select(exists().where(of_others, Invoice.digest == paper.digest))):
        raise Refusal("invoice_file_known", field="file", digest=paper.digest)
    if session.scalar(select(exists().where(counts, of_others, _national(paper.number)))):
        raise Refusal("invoice_number_known", field="number")
    used = select(Statement.number).join(Invoice, Invoice.statement_id == Statement.id).where(counts, elsewhere)
    own = Invoice.agency_id == statement.agency_id
    if number := session.scalar(used.where(own, Invoice.number == paper.number)):
        raise Refusal("invoice_number_used", field="number", statement=number)
    if number := session.scalar(used.where(own, Invoice.digest == paper.digest)):
        raise Refusal("invoice_file_used", field="file", statement=number)


def _national(number: str) -> ColumnElement[bool]:
    """An invoice has this number, which is an e-invoice's and stands for one in the whole country."""
    return and_(Invoice.number == number, func.length(Invoice.number) == NATIONAL_DIGITS)


def awaited(session: Session, statement: Statement) -> bool:
    """Whether the payment has not gone out: with an invoice it may."""
    gone = (PayoutState.EXPORTED, PayoutState.PAID)
    return not session.scalar(select(exists().where(Payout.statement_id == statement.id, Payout.state.in_(gone))))


def _refuse_the_same(before: Invoice, paper: Paper) -> None:
    typed = (before.number, before.amount_fen, before.invoiced_on, before.digest)
    if typed == (paper.number, paper.amount_fen, paper.invoiced_on, paper.digest):
        raise Refusal("invoice_same")


def _stored(session: Session, actor: Actor, now: datetime, statement: Statement, paper: Paper) -> Invoice:
    values: dict[str, Any] = {
        "statement_id": statement.id,
        "agency_id": statement.agency_id,
        "number": paper.number,
        "amount_fen": paper.amount_fen,
        "invoiced_on": paper.invoiced_on,
        "file_name": new_name(),
        "digest": paper.digest,
        "sent_by": actor.id,
        "sent_at": now,
        "state": InvoiceState.CURRENT,
    }
    key = insert_unless_there(session, Invoice, (), **values)
    if key is None:  # somebody sent another one, this number or this file in the same moment
        raise Refusal("invoice_raced")
    return session.get_one(Invoice, key)


# What becomes of it


def check_invoice(
    session: Session, actor: Actor, now: datetime, invoice: Invoice, *, read_fen: int, tax_number: str, tax_bps: int
) -> None:
    """Let an invoice count, after a look at its PDF (验票): its sum as read there, the seller's tax number, the rate.

    Raises Refusal `own_payee`, those of `rules.invoice.check_invoice`, `invoice_unequal` for one that pays another sum
    than the statement's, `invoice_number_known` where its national number was checked for another agency,
    `invoice_ended` for one that counts no more, and `invoice_checked_already`.
    """
    if actor.is_paid_as(invoice.statement.payee):
        raise Refusal("own_payee")
    rule.check_invoice(invoiced_fen=invoice.amount_fen, read_fen=read_fen, tax_number=tax_number, rate_bps=tax_bps)
    payable_fen = invoice.statement.payable_fen
    if invoice.amount_fen != payable_fen:
        raise Refusal("invoice_unequal", invoiced_fen=invoice.amount_fen, payable_fen=payable_fen)
    values = {"checked_by": actor.id, "checked_at": now, "tax_number": tax_number, "tax_bps": tax_bps}
    _mark_checked(session, invoice, values)
    audit.record(session, actor, now, "invoice_checked", invoice, number=invoice.number, tax_bps=tax_bps)
    _tell(session, actor, now, "invoice_checked", invoice)


def _mark_checked(session: Session, invoice: Invoice, values: Mapping[str, Any]) -> None:
    unchecked = (Invoice.state == InvoiceState.CURRENT, Invoice.checked_at.is_(None))
    marked = update(Invoice).where(Invoice.id == invoice.id, *unchecked).values(**values).returning(Invoice.id)
    try:
        with session.begin_nested():
            found = session.scalar(marked.execution_options(synchronize_session=False))
    except IntegrityError as error:  # the national number is all that must be unique here
        raise Refusal("invoice_number_known") from error
    session.refresh(invoice)
    if found is None:
        raise Refusal("invoice_ended" if invoice.state is not InvoiceState.CURRENT else "invoice_checked_already")


def reject_invoice(session: Session, actor: Actor, now: datetime, invoice: Invoice, *, reason: str) -> None:
    """Send an invoice back with a reason; the agency sends another. Raises Refusal `own_payee`,
    `invoice_reason_needed`, `invoice_ended` for one that counts no more, and `invoice_not_wanted` once it is paid."""
    if actor.is_paid_as(invoice.statement.payee):
        raise Refusal("own_payee")
    if not reason.strip():
        raise Refusal("invoice_reason_needed", field="reason")
    if not awaited(session, invoice.statement):
        raise Refusal("invoice_not_wanted")
    _end(session, actor, now, invoice, InvoiceState.REJECTED, reason.strip())
    audit.record(session, actor, now, "invoice_rejected", invoice, number=invoice.number)
    _tell(session, actor, now, "invoice_rejected", invoice)


def _end(
    session: Session, actor: Actor, now: datetime, invoice: Invoice, state: InvoiceState, reason: str | None = None
) -> None:
    ended = session.scalar(
        update(Invoice)
        .where(Invoice.id == invoice.id, Invoice.state == InvoiceState.CURRENT)
        .values(state=state, ended_by=actor.id, ended_at=now, reason=reason)
        .returning(Invoice.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(invoice)
    if ended is None:
        raise Refusal("invoice_ended")


def view_invoice(session: Session, actor: Actor, now: datetime, files: Files, invoice: Invoice) -> bytes:
    """The PDF as it was sent; that it was looked at is written down (rules 9)."""
    audit.record(session, actor, now, "invoice_seen", invoice, number=invoice.number)
    return files.get(invoice.file_name)


# Reading


def current(session: Session, statement: Statement) -> Invoice | None:
    """The statement's invoice that counts."""
    counts = select(Invoice).where(Invoice.statement_id == statement.id, Invoice.state == InvoiceState.CURRENT)
    return session.scalar(counts.execution_options(populate_existing=True))


def of_statement(session: Session, statement: Statement) -> Sequence[Invoice]:
    """All invoices of a statement, the latest first, with who sent and who ended each."""
    people = joinedload(Invoice.sender), joinedload(Invoice.ender), joinedload(Invoice.checker)
    stmt = select(Invoice).where(Invoice.statement_id == statement.id).options(*people)
    return session.scalars(stmt.order_by(Invoice.id.desc())).all()


def listing(
    actor: Actor, *, standing: InvoiceMatch | None = None, agency_id: int | None = None, open_only: bool = True
) -> Select[Statement]:
    """The agencies' payable statements that the actor may see, by how their invoices stand.

    `open_only`: those whose payment waits; what is paid needs no invoice any more.
    """
    stmt = scope.visible(actor, Statement)
    stmt = stmt.where(Statement.payable_fen > 0, Statement.agency_id.is_not(None))
    if agency_id is not None:
        stmt = stmt.where(Statement.agency_id == agency_id)
    if open_only:
        waits = exists().where(Payout.statement_id == Statement.id, Payout.state.in_(holds.OPEN))
        stmt = stmt.where(waits)
    return stmt if standing is None else stmt.where(_stands(standing))


def billed(session: Session, rows: Sequence[Statement]) -> list[Billed]:
    """Each of these statements with its invoice that counts."""
    found = _current_of(session, [row.id for row in rows])
    return [Billed(row, found.get(row.id)) for row in rows]


def _current_of(session: Session, ids: Sequence[int]) -> Mapping[int, Invoice]:
    stmt = select(Invoice).where(Invoice.statement_id.in_(ids), Invoice.state == InvoiceState.CURRENT)
    people = joinedload(Invoice.sender), joinedload(Invoice.checker)
    return {row.statement_id: row for row in session.scalars(stmt.options(*people))}


def _stands(standing: InvoiceMatch) -> ColumnElement[bool]:
    there = and_(Invoice.statement_id == Statement.id, Invoice.state == InvoiceState.CURRENT)
    equal, checked = Invoice.amount_fen == Statement.payable_fen, Invoice.checked_at.is_not(None)
    meant = {
        InvoiceMatch.MISSING: ~exists().where(there),
        InvoiceMatch.UNEQUAL: exists().where(there, ~equal),
        InvoiceMatch.UNCHECKED: exists().where(there, equal, ~checked),
        InvoiceMatch.OK: exists().where(there, equal, checked),
    }
    return meant[standing]
