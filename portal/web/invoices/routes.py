"""Invoices: what is missing or unequal, one statement's invoices, sending one, and sending one back."""

from decimal import Decimal

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Invoice, Statement
from ...rules.payouts.invoice import tax_fen
from ...services.partners import partners
from ...services.payouts import invoices
from ...services.payouts.invoices import InvoiceMatch
from ..edge import actor, database, db, files, form_page, load, now, refusing, show_refusal
from ..files.documents import handed_out
from ..files.uploads import PAPERS, count
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..words.statuses import status
from .forms import InvoiceCheckForm, InvoiceForm, InvoiceRejectForm

bp = Blueprint("invoices", __name__)


@bp.get("/invoices")
@guard(Permission.READ_INVOICES)
def index() -> ResponseReturnValue:
    """The statements that wait for their payment, by how their invoices stand."""
    page = page_of(db(), _wanted(), Statement.id, request.args.get("after"))
    return render_template(
        "invoices/index.html",
        rows=invoices.billed(db(), page.rows),
        next_cursor=page.next_cursor,
        agencies=partners.agency_choices(db(), actor()) if actor().staff else [],
        standings=[(one.value, status("invoice", one).word) for one in InvoiceMatch],
        sends=may(actor(), Permission.SEND_INVOICE),
    )


@bp.get("/invoices.<kind>")
@guard(Permission.READ_INVOICES)
def download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Statement"), lambda row: row.statement.number),
        Column(_("Agency"), lambda row: row.statement.payee_name),
        Column(_("Payable"), lambda row: yuan(row.statement.payable_fen)),
        Column(_("Status"), lambda row: str(status("invoice", row.standing).word)),
        Column(_("Invoice number"), lambda row: row.invoice and row.invoice.number),
        Column(_("Invoiced"), lambda row: row.invoice and yuan(row.invoice.amount_fen)),
        Column(_("Date of the invoice"), lambda row: row.invoice and row.invoice.invoiced_on),
        Column(_("Sent at"), lambda row: row.invoice and row.invoice.sent_at),
        Column(_("Tax number"), lambda row: row.invoice and row.invoice.tax_number),
        Column(_("Tax"), _tax),
        Column(_("Checked by"), lambda row: row.invoice and row.invoice.checker and row.invoice.checker.name),
        Column(_("Checked at"), lambda row: row.invoice and row.invoice.checked_at),
    )
    rows = db().scalars(_wanted().order_by(Statement.id)).all()
    return export(invoices.billed(db(), rows), columns, _("invoices"), kind)


@bp.get("/statements/<int:statement_id>/invoice")
@guard(Permission.READ_INVOICES)
def show(statement_id: int) -> ResponseReturnValue:
    """A statement's invoice, and those that counted before."""
    statement = load(Statement, statement_id)
    return render_template(
        "invoices/show.html",
        statement=statement,
        sent=invoices.of_statement(db(), statement),
        billed=invoices.billed(db(), [statement])[0],
        awaited=invoices.awaited(db(), statement),
        staff=actor().staff,
        sends=may(actor(), Permission.SEND_INVOICE),
        checks=may(actor(), Permission.CHECK_INVOICE),
        tax_fen=tax_fen,
    )


@bp.route("/statements/<int:statement_id>/invoice/new", methods=["GET", "POST"])
@guard(Permission.SEND_INVOICE)
def new(statement_id: int) -> ResponseReturnValue:
    """Send an invoice; it takes the place of the one that was sent before."""
    statement, form = load(Statement, statement_id), InvoiceForm()
    if form.validate_on_submit():
        try:
            with db().begin_nested():
                invoice = _sent(statement, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
            if refusal.code == "invoice_file_known":
                invoices.note_copy(db(), actor(), now(), statement, str(refusal.facts["digest"]))
        else:
            _tell(statement, invoice)
            return redirect(url_for(".show", statement_id=statement_id), 303)
    return form_page("invoices/new.html", form, statement=statement, before=invoices.current(db(), statement))


@bp.get("/invoices/<int:invoice_id>.pdf")
@guard(Permission.READ_INVOICES)
def paper(invoice_id: int) -> Response:
    """The PDF as it was sent, as a download: nothing in it runs in the portal's name. That it was looked at is written
    down first."""
    invoice = load(Invoice, invoice_id)
    with database().transaction() as own:  # a page's own session cannot write
        content = invoices.view_invoice(own, actor(), now(), files(), invoice)
    return handed_out(content, f"{invoice.statement.number}-{invoice.number}.pdf")


@bp.route("/invoices/<int:invoice_id>/check", methods=["GET", "POST"])
@guard(Permission.CHECK_INVOICE)
def check(invoice_id: int) -> ResponseReturnValue:
    """Look at the PDF and let the invoice count."""
    invoice, form = load(Invoice, invoice_id), InvoiceCheckForm()
    if form.validate_on_submit():
        read = {
            "read_fen": form.amount.data,
            "tax_number": form.tax_number.data,
            "tax_bps": form.tax_bps.data,
        }
        with refusing(form):
            invoices.check_invoice(db(), actor(), now(), invoice, **read)
            flash(_("Invoice %(number)s is checked.", number=invoice.number), "success")
            return redirect(url_for(".show", statement_id=invoice.statement_id), 303)
    return form_page("invoices/check.html", form, invoice=invoice)


@bp.route("/invoices/<int:invoice_id>/reject", methods=["GET", "POST"])
@guard(Permission.CHECK_INVOICE, stops=True)
def reject(invoice_id: int) -> ResponseReturnValue:
    """Send an invoice back with a reason."""
    invoice, form = load(Invoice, invoice_id), InvoiceRejectForm()
    if form.validate_on_submit():
        with refusing(form):
            invoices.reject_invoice(db(), actor(), now(), invoice, reason=form.reason.data)
            flash(_("Invoice %(number)s is rejected. The agency reads why.", number=invoice.number), "success")
            return redirect(url_for(".show", statement_id=invoice.statement_id), 303)
    return form_page("invoices/reject.html", form, invoice=invoice)


def _sent(statement: Statement, form: InvoiceForm) -> Invoice:
    count(PAPERS)
    content = invoices.take_in(form.file.data.read())
    paper = invoices.Paper(form.number.data, form.amount.data, form.invoiced_on.data, content)
    return invoices.send_invoice(db(), actor(), now(), files(), statement, paper)


def _tell(statement: Statement, invoice: Invoice) -> None:
    if invoice.amount_fen == statement.payable_fen:
        flash(_("Thank you. The invoice is here, over just the payable amount."), "success")
    else:
        flash(_("The invoice is here, but over another amount. The payment waits until you replace it."), "warning")


def _tax(row: invoices.Billed) -> Decimal | None:
    """The tax in a checked invoice, in yuan."""
    one = row.invoice
    return yuan(tax_fen(one.amount_fen, one.tax_bps)) if one and one.tax_bps is not None else None


def _wanted() -> Select[Statement]:
    standing = chosen(InvoiceMatch, request.args.get("state"))
    return invoices.listing(actor(), standing=standing, agency_id=number_of(request.args.get("agency")))
