"""Finance's pages of the tax that is kept back from persons: the month's report, a certificate, and the table."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from commissions.calendar import add_months

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import month_of, month_start
from ...services import tax_report, tax_tables
from ..arguments import month_in
from ..components import month as month_words
from ..edge import actor, db, now, refusing
from ..exports import Column, export, yuan
from ..guard import guard
from . import words
from .forms import TableForm

bp = Blueprint("taxes", __name__, url_prefix="/taxes")

_AHEAD = 12
"""For how many months ahead a table may be published."""


@bp.get("/")
@guard(Permission.READ_TAX)
def index():
    """A month's report: who earned what, the tax on it, and whether it was posted."""
    found = tax_report.entries(db())
    month = _month(request.args.get("month") or (found[0].month if found else month_of(now())))
    return render_template(
        "taxes/index.html",
        month=month,
        months=sorted({one.month for one in found} | {month}, reverse=True),
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
def certificate(month: str, person_id: int):
    """A person's month as the payee may print it."""
    found = tax_report.entries(db(), month=_month(month), person_id=person_id)
    if not found:
        abort(404)
    back = {"back_url": url_for(".index", month=month), "back_label": _("Withholding tax")}
    return render_template("taxes/certificate.html", entry=found[0], words=words, at=now(), **back)


@bp.get("/table")
@guard(Permission.READ_TAX)
def table():
    """The table in words, with worked examples, and the versions before and to come."""
    row = tax_tables.in_force(db(), month_of(now()))
    rule = tax_tables.parse(row.toml) if row else None
    return render_template(
        "taxes/table.html",
        row=row,
        table=rule,
        examples=[rule.withhold(fen) for fen in words.EXAMPLES_FEN] if rule else [],
        versions=tax_tables.versions(db()),
        words=words,
        may_publish=may(actor(), Permission.PUBLISH_TAX_TABLE),
    )


@bp.get("/table/<int:number>.toml")
@guard(Permission.READ_TAX)
def table_file(number: int) -> Response:
    """A version of the table as the text that was published."""
    row = next((one for one in tax_tables.versions(db()) if one.version == number), None)
    if row is None:
        abort(404)
    name = f"tax-table-{row.version}.toml"
    return Response(
        row.toml, mimetype="application/toml", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@bp.route("/table/new", methods=["GET", "POST"])
@guard(Permission.PUBLISH_TAX_TABLE)
def table_new():
    """Publish the next version, from a month to come."""
    newest = next(iter(tax_tables.versions(db())), None)
    form = TableForm.of(tax_tables.parse(newest.toml)) if newest and request.method == "GET" else TableForm()
    ahead = [month_of(add_months(month_start(month_of(now())), step)) for step in range(1, _AHEAD + 1)]
    form.month.choices = [(one, month_words(one)) for one in ahead]
    if form.validate_on_submit():
        typed = form.table()
        if typed is not None:
            with refusing(form):
                row = tax_tables.publish_table(
                    db(), actor(), now(), toml=typed.to_toml(), month=form.month.data, note=form.note.data.strip()
                )
                flash(_("Version %(number)s of the tax table is published.", number=row.version), "success")
                return redirect(url_for(".table"))
    return render_template("taxes/table_new.html", form=form), 422 if form.is_submitted() else 200


def _month(text: str) -> str:
    """A month as it stands in an address; 404 for what is none."""
    return month_in(text) or abort(404)
