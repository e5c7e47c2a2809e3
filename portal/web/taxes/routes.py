"""Finance's pages of the tax that is kept back from persons: the month's report, a certificate, and the table."""

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import month_of
from ...models import ProposalState
from ...services.taxes import report as tax_report
from ...services.taxes import table_drafts
from ...services.taxes import tables as tax_tables
from ..components import month as month_word
from ..edge import actor, db, now
from ..files.downloads import file_response
from ..guard import guard
from ..lists.arguments import month_in
from ..lists.exports import Column, export, yuan
from ..words import taxes as words

bp = Blueprint("taxes", __name__, url_prefix="/taxes")


@bp.get("/")
@guard(Permission.READ_TAX)
def index() -> ResponseReturnValue:
    """A month's report: who earned what, the tax on it, and whether it was posted."""
    found = tax_report.entries(db())
    month = _month(request.args.get("month") or (found[0].month if found else month_of(now())))
    return render_template(
        "taxes/index.html",
        month=month,
        months=[(one, month_word(one)) for one in sorted({one.month for one in found} | {month}, reverse=True)],
        entries=[one for one in found if one.month == month],
    )


@bp.get("/taxes.<kind>")
@guard(Permission.READ_TAX)
def download(kind: str) -> Response:
    """The same report as a file, for the declaration."""
    month = _month(request.args.get("month") or month_of(now()))
    columns = (
        Column(_("Month"), lambda one: one.month),
        Column(_("Name"), lambda one: one.person.name),
        Column(_("Phone"), lambda one: one.phone),
        Column(_("Earned in cash"), lambda one: yuan(one.worked.cash_fen)),
        Column(_("Goods"), lambda one: yuan(one.worked.goods_fen)),
        Column(_("Taxable"), lambda one: yuan(one.worked.taxable_fen)),
        Column(_("Tax"), lambda one: yuan(one.worked.tax_fen)),
        Column(_("Tax withheld"), lambda one: yuan(one.posted_fen)),
        Column(_("Not collected"), lambda one: yuan(one.worked.uncollected_fen)),
        Column(_("Difference"), lambda one: yuan(one.difference_fen)),
        Column(_("Tax table"), lambda one: one.table.version),
    )
    return export(tax_report.entries(db(), month=month), columns, f"tax-{month}", kind)


@bp.get("/<month>/<int:person_id>")
@guard(Permission.READ_TAX)
def certificate(month: str, person_id: int) -> ResponseReturnValue:
    """A person's month as the payee may print it."""
    found = tax_report.entries(db(), month=_month(month), person_id=person_id)
    if not found:
        abort(404)
    back = {"back_url": url_for(".index", month=month), "back_label": _("Withholding tax")}
    return render_template("taxes/certificate.html", entry=found[0], words=words, at=now(), **back)


@bp.get("/table")
@guard(Permission.READ_TAX)
def table() -> ResponseReturnValue:
    """The table in words, with worked examples, and the versions before and to come."""
    row = tax_tables.in_force(db(), month_of(now()))
    rule = tax_tables.parse(row.toml) if row else None
    return render_template(
        "taxes/table.html",
        row=row,
        table=rule,
        examples=[rule.withhold(fen) for fen in words.EXAMPLES_FEN] if rule else [],
        versions=tax_tables.versions(db()),
        waiting=db().scalars(table_drafts.listing(actor(), ProposalState.PROPOSED)).all(),
        words=words,
        may_propose=may(actor(), Permission.PROPOSE_TAX_TABLE),
    )


@bp.get("/table/<int:number>.toml")
@guard(Permission.READ_TAX)
def table_file(number: int) -> Response:
    """A version of the table as the text that was published."""
    row = next((one for one in tax_tables.versions(db()) if one.version == number), None)
    if row is None:
        abort(404)
    return file_response(row.toml, "application/toml", f"tax-table-{row.version}.toml")


def _month(text: str) -> str:
    """A month as it stands in an address; 404 for what is none."""
    return month_in(text) or abort(404)
