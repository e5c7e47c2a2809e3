"""The ledger: trial balance, from an account to its transfers to their reasons, and its proof."""

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import LedgerBatch, LedgerTransfer
from ...services import ledger, ledger_trail
from ...services.ledger_trail import Source, SourceKind
from ..edge import actor, db, load
from ..exports import Column, export, yuan
from ..guard import guard
from ..paging import page_of
from .words import account_order, account_words, fault_words

bp = Blueprint("ledger", __name__)


@bp.get("/ledger")
@guard(Permission.READ_LEDGER)
def index():
    """The trial balance: every account, its turnover and its balance."""
    rows = sorted(ledger.balances(db()), key=lambda row: account_order(row.account))
    return render_template(
        "ledger/index.html",
        rows=rows,
        named=_named(),
        debit_fen=sum(row.debit_fen for row in rows),
        credit_fen=sum(row.credit_fen for row in rows),
    )


@bp.get("/ledger.<kind>")
@guard(Permission.READ_LEDGER)
def download(kind: str) -> Response:
    """The trial balance as a file."""
    named = _named()
    columns = (
        Column(_("Ledger account"), lambda row: row.account),
        Column(_("Name"), lambda row: named(row.account)),
        Column(_("Debit"), lambda row: yuan(row.debit_fen)),
        Column(_("Credit"), lambda row: yuan(row.credit_fen)),
        Column(_("Balance"), lambda row: yuan(row.balance_fen)),
    )
    rows = sorted(ledger.balances(db()), key=lambda row: account_order(row.account))
    return export(rows, columns, _("trial-balance"), kind)


@bp.get("/ledger/accounts/<account>")
@guard(Permission.READ_LEDGER)
def account(account: str):
    """One account's transfers, newest first, each with what it was posted for."""
    page = page_of(db(), ledger_trail.transfers(actor(), account), LedgerTransfer.id, request.args.get("after"))
    if not page.rows:
        abort(404)
    return render_template(
        "ledger/account.html",
        account=account,
        page=page,
        balance_fen=ledger.balance(db(), account),
        sources=_links(page.rows),
        named=_named(),
    )


@bp.get("/ledger/accounts/<account>/transfers.<kind>")
@guard(Permission.READ_LEDGER)
def download_account(account: str, kind: str) -> Response:
    """One account's transfers as a file, in the order they were posted."""
    columns = (
        Column(_("Block"), lambda row: row.batch_id),
        Column(_("Posted at"), lambda row: row.batch.at),
        Column(_("Reference"), lambda row: row.reference),
        Column(_("Debit account"), lambda row: row.debit),
        Column(_("Credit account"), lambda row: row.credit),
        Column(_("Amount"), lambda row: yuan(row.amount_fen)),
        Column(_("Why"), lambda row: row.why),
    )
    rows = db().scalars(ledger_trail.transfers(actor(), account).order_by(LedgerTransfer.id))
    return export(rows, columns, account.replace(":", "-"), kind)


@bp.get("/ledger/blocks/<int:batch_id>")
@guard(Permission.READ_LEDGER)
def block(batch_id: int):
    """What one event posted, and the hashes that seal it."""
    batch = load(LedgerBatch, batch_id)
    rows = ledger_trail.transfers_of(db(), batch)
    return render_template("ledger/block.html", batch=batch, rows=rows, sources=_links(rows), named=_named())


@bp.get("/ledger/verify")
@guard(Permission.READ_LEDGER)
def verify():
    """Recompute everything now, and say what was found."""
    found = ledger.verify(db())
    return render_template("ledger/verify.html", found=found, said=fault_words(found.fault))


def _named():
    """How an account is called in the reader's language."""
    names = ledger_trail.payee_names(db())
    return lambda account: account_words(account, names)


def _links(rows) -> dict[str, str]:
    """Where each transfer's reason can be read."""
    return {reference: _address(source) for reference, source in ledger_trail.sources(db(), rows).items()}


def _address(source: Source) -> str:
    if source.kind is SourceKind.LINE:
        return url_for("earnings.line", line_id=source.id)
    if source.kind is SourceKind.STATEMENT:
        return url_for("statements.show", statement_id=source.id)
    return url_for("payouts.show", payout_id=source.id)
