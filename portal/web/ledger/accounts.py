"""The trial balance, and from a balance to the transfers that it is made of."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext as _p
from sqlalchemy import Select

from ...access.permissions import Permission
from ...clock import day_start
from ...models import AccountBalance, LedgerBatch, LedgerTransfer
from ...services.ledger import balances, trail
from ...services.ledger.balances import OF_PAYEES, Span
from ...services.ledger.trail import TransferFilter
from ..edge import actor, config, db, load, now
from ..guard import guard
from ..lists.arguments import day_of, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import SIZE, page_of
from ..words.ledger import account_order, account_words, kind_words, odd_words, source_url, why_choices, why_word

bp = Blueprint("ledger", __name__)

_FILTERS = ("since", "until", "q", "why", "other")


@bp.get("/ledger")
@guard(Permission.READ_LEDGER)
def index() -> ResponseReturnValue:
    """The trial balance of now, of a day or of a span: a row for every kind of account."""
    span = _span()
    rows = sorted(balances.by_kind(db(), span), key=lambda row: account_order(row.kind))
    odd = balances.unusual(db(), now(), late_days=config().transit_days)
    return render_template(
        "ledger/index.html",
        rows=rows,
        span=span,
        of_payees=OF_PAYEES,
        kind_words=kind_words,
        odd=odd,
        odd_words=lambda one: odd_words(one, config().transit_days),
        named=named(one.account for one in odd),
        total=[sum(getattr(row.sums, name) for row in rows) for name in ("opening_fen", "debit_fen", "credit_fen")],
        file=_kept("since", "until"),
    )


@bp.get("/ledger.<kind>")
@guard(Permission.READ_LEDGER)
def download(kind: str) -> Response:
    """The trial balance as a file: every account, and at the end what all of them come to."""
    accounts = [row for group in balances.by_kind(db()) for row in db().scalars(_accounts_of(group.kind))]
    sums, called = balances.sums_of(db(), accounts, _span()), named(row.account for row in accounts)
    listed = sorted(((row.account, called(row.account), sums[row.account]) for row in accounts), key=_by_account)
    columns = (
        Column(_("Ledger account"), lambda row: row[0]),
        Column(_p("ledger", "Name"), lambda row: row[1]),
        Column(_("Opening"), lambda row: yuan(row[2].opening_fen)),
        Column(_("Debit"), lambda row: yuan(row[2].debit_fen)),
        Column(_("Credit"), lambda row: yuan(row[2].credit_fen)),
        Column(_p("ledger", "Balance"), lambda row: yuan(row[2].balance_fen)),
    )
    return export([*listed, ("", _("Together"), _together(sums.values()))], columns, _("trial-balance"), kind)


@bp.get("/ledger/kinds/<group>")
@guard(Permission.READ_LEDGER)
def kind_page(group: str) -> ResponseReturnValue:
    """Every payee's account of a kind."""
    if group not in OF_PAYEES:
        abort(404)
    words, span = request.args.get("q", "").strip(), _span()
    payees = balances.payees_named(db(), words) if words else None
    stmt = balances.accounts(actor(), group, payees)
    page = page_of(db(), stmt, AccountBalance.id, request.args.get("after"), ascending=True)
    return render_template(
        "ledger/kind.html",
        group=group,
        page=page,
        sums=balances.sums_of(db(), page.rows, span),
        span=span,
        kind_words=kind_words,
        named=named(row.account for row in page.rows),
        file=_kept("since", "until"),
    )


@bp.get("/ledger/accounts/<account>")
@guard(Permission.READ_LEDGER)
def account(account: str) -> ResponseReturnValue:
    """One account's transfers, newest first, each with what it was posted for and what the account held after it."""
    _known(account)
    stmt, after = trail.transfers(actor(), account, _wanted()), request.args.get("after")
    if not _kept(*_FILTERS):
        stmt = stmt.where(trail.newest(account, number_of(after), SIZE + 1))
    page = page_of(db(), stmt, LedgerTransfer.id, after)
    filters = _kept(*_FILTERS)
    return render_template(
        "ledger/account.html",
        account=account,
        page=page,
        balance_fen=balances.balance_of(db(), account),
        held=trail.running(db(), account, page.rows),
        sources=_links(page.rows),
        named=named([account, *_opposite(page.rows)]),
        whys=why_choices(account),
        why_word=why_word,
        filters_kept=filters,
        filtered=bool(filters),
    )


@bp.get("/ledger/accounts/<account>/months")
@guard(Permission.READ_LEDGER)
def months(account: str) -> ResponseReturnValue:
    """One account month by month."""
    _known(account)
    rows = trail.months(db(), account, now())
    return render_template("ledger/months.html", account=account, rows=rows, named=named([account]))


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
        Column(_("Debit"), lambda row: yuan(row.amount_fen) if row.debit == account else None),
        Column(_("Credit"), lambda row: yuan(row.amount_fen) if row.credit == account else None),
        Column(_("Why"), lambda row: row.why),
    )
    rows = db().scalars(trail.transfers(actor(), account, _wanted()).order_by(LedgerTransfer.id))
    return export(rows, columns, account.replace(":", "-"), kind)


@bp.get("/ledger/blocks/<int:batch_id>")
@guard(Permission.READ_LEDGER)
def block(batch_id: int) -> ResponseReturnValue:
    """What one event posted, and the hashes that seal it."""
    batch = load(LedgerBatch, batch_id)
    page = page_of(db(), trail.transfers_of(actor(), batch), LedgerTransfer.id, request.args.get("after"))
    accounts = {code for row in page.rows for code in (row.debit, row.credit)}
    return render_template(
        "ledger/block.html", batch=batch, page=page, sources=_links(page.rows), named=named(accounts)
    )


def _accounts_of(group: str) -> Select[AccountBalance]:
    return balances.accounts(actor(), group)


def _by_account(row: tuple[str, str, balances.Sums]) -> tuple[int, int]:
    return account_order(row[0])


def _together(sums: Iterable[balances.Sums]) -> balances.Sums:
    opening, debit, credit = 0, 0, 0
    for one in sums:
        opening, debit, credit = opening + one.opening_fen, debit + one.debit_fen, credit + one.credit_fen
    return balances.Sums(opening, debit, credit)


def _known(account: str) -> None:
    """404 for an account that nothing was ever posted to."""
    if not trail.touched(db(), account):
        abort(404)


def _span() -> Span:
    """The days of the address, as instants: the last one is inside."""
    since, until = day_of(request.args.get("since")), day_of(request.args.get("until"))
    return Span(day_start(since) if since else None, day_start(until + timedelta(days=1)) if until else None)


def _wanted() -> TransferFilter:
    args = request.args
    return TransferFilter(_span(), args.get("q", "").strip(), args.get("why", ""), args.get("other", ""))


def _kept(*names: str) -> dict[str, str]:
    """The filters of the address that say something, for links that keep them."""
    return {name: request.args[name] for name in names if request.args.get(name)}


def _opposite(rows: Iterable[LedgerTransfer]) -> set[str]:
    return {code for row in rows for code in (row.debit, row.credit)}


def named(accounts: Iterable[str]) -> Callable[[str], str]:
    """How these accounts are called in the reader's language."""
    names = trail.payee_names(db(), accounts)
    return lambda account: account_words(account, names)


def _links(rows: Iterable[LedgerTransfer]) -> dict[str, str]:
    """Where each transfer's reason can be read."""
    return {reference: source_url(source) for reference, source in trail.sources(db(), rows).items()}
