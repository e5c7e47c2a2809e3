"""What lives elsewhere: entered by a form or by a file, and all that was ever entered."""

from collections.abc import Sequence

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from ...access.permissions import Permission
from ...access.policy import may
from ...adapters.sheets import spreadsheets
from ...adapters.sheets.measure_file import MOST_ROWS
from ...models import MeasureEntry
from ...rules.measures.board import Measure
from ...services.measures import entries, entry_files
from ...services.measures.entries import Entry, Line
from ...services.partners import partners
from ..components import month as month_word
from ..edge import actor, db, form_page, now, refusing
from ..files.downloads import file_response
from ..files.uploads import WORKBOOKS, take_in
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.paging import page_of
from ..messages import say
from . import words
from .forms import FORMS, FileForm, SeenForm

bp = Blueprint("measure_entries", __name__, url_prefix="/measures/entries")

_SHOWN = 200


@bp.get("/")
@guard(Permission.READ_MEASURES)
def index() -> ResponseReturnValue:
    """All that was ever entered, with what was corrected and why."""
    months = entries.months_to_enter(now())
    wanted = request.args.get("month")
    stmt = entries.listing(actor(), wanted if wanted in months else None, number_of(request.args.get("development")))
    return render_template(
        "measures/entries.html",
        page=page_of(db(), stmt, MeasureEntry.id, request.args.get("after")),
        months=[(one, month_word(one)) for one in months],
        developments=partners.development_choices(db(), actor()),
        measures=entries.ELSEWHERE,
        may_enter=may(actor(), Permission.ENTER_MEASURES),
        words=words,
    )


@bp.route("/<measure>/new", methods=["GET", "POST"])
@guard(Permission.ENTER_MEASURES)
def new(measure: str) -> ResponseReturnValue:
    """A month's figure by a form. What stands there is corrected, with a reason."""
    of = chosen(Measure, measure)
    if of is None or of not in FORMS:
        abort(404)
    form = FORMS[of](development=request.args.get("development", ""), month=request.args.get("month"))
    form.choose_from(partners.development_choices(db(), actor()), entries.months_to_enter(now()))
    if form.validate_on_submit():
        entry = Entry(
            development_id=form.development_id,
            month=form.month.data,
            measure=of,
            part=form.part.data,
            whole=form.whole.data,
            reason=form.reason.data or "",
        )
        with refusing(form):
            row = entries.enter(db(), actor(), now(), entry)
            flash(_("Entered.") if row is not None else _("It says the same already."), "success")
            return redirect(url_for("measures.index", month=entry.month, development=entry.development_id))
    return form_page("measures/entry_new.html", form, measure=of, words=words)


@bp.get("/template.<kind>")
@guard(Permission.ENTER_MEASURES)
def template(kind: str) -> Response:
    """An empty file to fill in, with a row of each figure for this month."""
    month = entries.months_to_enter(now())[0]
    heading = [
        *(_("Development"), _("Month"), pgettext("column", "Measure")),
        *(_("Interactions or cost (yuan)"), _("Followers or leads")),
    ]
    names = [name for _key, name in partners.development_choices(db(), actor())]
    rows = [heading, *([name, month, str(words.NAMES[of]), "", ""] for name in names for of in entries.ELSEWHERE)]
    if kind not in ("csv", "xlsx"):
        abort(404)
    if kind == "csv":
        return file_response(spreadsheets.csv_file(rows), spreadsheets.CSV, "measures-template.csv")
    sheet = spreadsheets.Sheet(rows, widths=[24] * len(heading), for_text=True)
    return file_response(spreadsheets.workbook_file(sheet), spreadsheets.XLSX, "measures-template.xlsx")


@bp.route("/file", methods=["GET", "POST"])
@guard(Permission.ENTER_MEASURES)
def upload() -> ResponseReturnValue:
    """A file of figures: read first and told row by row; it counts when somebody says so."""
    form, lines = FileForm(), None
    if form.validate_on_submit():
        rows = take_in(form, WORKBOOKS, lambda: entry_files.open_file(form.file.data.read()))
        lines = entry_files.preview(db(), now(), rows) if rows is not None else None
    return _file_page(form, lines)


@bp.post("/take")
@guard(Permission.ENTER_MEASURES)
def take() -> ResponseReturnValue:
    """Enter what the file that was looked at says."""
    seen, found = SeenForm(), list[Entry]()
    if seen.validate_on_submit():
        with refusing(seen):
            found = entry_files.unseal(db(), seen.sealed.data or "")
            count = entries.take(db(), actor(), now(), found, seen.reason.data or "")
            flash(ngettext("%(num)d figure is entered.", "%(num)d figures are entered.", count), "success")
            return redirect(url_for(".index"))
    lines = entries.preview(db(), now(), list(enumerate(found, start=1))) if found else None
    return _file_page(FileForm(formdata=None), lines, seen)[0], 422


def _file_page(form: FileForm, lines: Sequence[Line] | None, seen: SeenForm | None = None) -> tuple[str, int]:
    good = [line for line in lines or () if line.refusal is None and not line.same]
    return form_page(
        "measures/entry_file.html",
        form,
        lines=None if lines is None else lines[:_SHOWN],
        faults=[(line.row, say(line.refusal)) for line in lines or () if line.refusal is not None],
        good=len(good),
        corrects=any(line.before is not None for line in good),
        seen=seen or SeenForm(formdata=None, sealed=entry_files.seal(db(), lines) if lines else ""),
        most_rows=MOST_ROWS,
        names=dict(partners.development_choices(db(), actor())),
        words=words,
    )
