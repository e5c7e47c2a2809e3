"""Invoices (发票) of the agency's statements: sent as a file, and how they stand."""

from datetime import date

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.refusal import Refusal

from ....models import Invoice, InvoiceState, Statement
from ....rules.partner_api.identifiers import Prefix, identifier
from ....rules.partner_api.keys import Scope
from ....services.payouts import invoices
from ....services.payouts.invoices import InvoiceMatch, Paper
from ....web.edge import db, files, now
from ...authentication import caller
from ...fields import Asked, Day, Instant, Money, Shown
from ...operations import Operation, operation
from ...rows import row
from ...sent import FilePart, Files

bp = Blueprint("api_invoices", __name__)

TAG = "invoices"
_MOST_FEN = 10**13


class InvoiceAsked(Asked):
    """An invoice as it stands on paper."""

    number: str = Field(pattern="^[0-9A-Z-]{1,40}$", examples=["26332000000012345678"])
    amount_fen: int = Field(ge=1, le=_MOST_FEN, description="With tax.", examples=[2300000])
    invoiced_on: Day = Field(strict=False, examples=["2026-12-01"])


class InvoiceShown(Shown):
    """An invoice that was sent."""

    id: str = Field(examples=[identifier(Prefix.INVOICE, 1)])
    statement: str
    number: str
    amount: Money
    invoiced_on: Day
    sent_at: Instant
    state: InvoiceState = Field(description="`current`: it counts; `superseded` by another; `rejected` by finance.")
    checked_at: Instant | None = Field(description="When finance looked at it and let it count.")
    reason: str | None = Field(description="Why it was rejected.")


class InvoicesShown(Shown):
    """All invoices of a statement, the latest first."""

    standing: InvoiceMatch = Field(description="`missing`, `unequal` to the payable sum, `unchecked`, or `ok`.")
    items: list[InvoiceShown]


def _paper(asked: InvoiceAsked, sent: Files) -> Paper:
    day: date = asked.invoiced_on
    return Paper(asked.number, asked.amount_fen, day, invoices.take_in(sent["file"][0].content))


@operation(
    bp,
    Operation(
        "sendInvoice",
        "POST",
        "/statements/{statement_id}/invoice",
        Scope.STATEMENTS_WRITE,
        TAG,
        _l("Send the invoice of a statement"),
        {201: InvoiceShown},
        body=InvoiceAsked,
        files={"file": FilePart("The invoice as a PDF.", needed=True)},
        take_in=_paper,
        refusals=(
            *("api_no_form", "api_part_odd", "invoice_not_wanted", "invoice_day", "invoice_same", "invoice_raced"),
            *("invoice_number_used", "invoice_number_known", "invoice_file_used", "invoice_file_known"),
            *("invoice_too_large", "invoice_kind", "invoice_damaged"),
        ),
        example={"number": "26332000000012345678", "amount_fen": 2300000, "invoiced_on": "2026-12-01"},
        description=_l(
            "In a form with the PDF. It takes the place of the one that was sent before; finance checks it."
        ),
    ),
)
def send(statement_id: str, asked: InvoiceAsked, taken: Paper) -> InvoiceShown | Refusal:  # noqa: ARG001 - read before
    """An invoice for a statement. A file that another agency had sent is refused, and that is written down."""
    statement, acting = row(Statement, Prefix.STATEMENT, statement_id), caller().actor
    try:
        with db().begin_nested():
            return shown(invoices.send_invoice(db(), acting, now(), files(), statement, taken))
    except Refusal as refusal:
        if refusal.code != "invoice_file_known":
            raise
        invoices.note_copy(db(), acting, now(), statement, str(refusal.facts.pop("digest")))
        return refusal


@operation(
    bp,
    Operation(
        "listInvoices",
        "GET",
        "/statements/{statement_id}/invoices",
        Scope.STATEMENTS_READ,
        TAG,
        _l("The invoices of a statement"),
        {200: InvoicesShown},
    ),
)
def list_invoices(statement_id: str) -> InvoicesShown:
    """What was sent, and how it stands."""
    statement = row(Statement, Prefix.STATEMENT, statement_id)
    sent = [shown(one) for one in invoices.of_statement(db(), statement)]
    return InvoicesShown(standing=invoices.billed(db(), [statement])[0].standing, items=sent)


def shown(invoice: Invoice) -> InvoiceShown:
    """An invoice as it is answered."""
    return InvoiceShown(
        id=identifier(Prefix.INVOICE, invoice.id),
        statement=identifier(Prefix.STATEMENT, invoice.statement_id),
        number=invoice.number,
        amount=Money(amount_fen=invoice.amount_fen),
        invoiced_on=invoice.invoiced_on,
        sent_at=invoice.sent_at,
        state=invoice.state,
        checked_at=invoice.checked_at,
        reason=invoice.reason,
    )
