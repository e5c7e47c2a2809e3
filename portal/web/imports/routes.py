"""Imports of deals and milestones: the history, a new file, what it would do, what it did."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from ...access.permissions import Permission
from ...adapters.sheets.deal_file import MOST_ROWS
from ...crypto import token
from ...models import DealImport, ImportRow, ImportState, RowOutcome
from ...services.imports import files as import_files
from ...services.imports import trouble
from ...services.imports import worker as import_worker
from ..edge import actor, config, database, db, form_page, load, now, refusing
from ..files.uploads import WORKBOOKS, take_in
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.statuses import status
from . import files, words
from .forms import UploadForm

bp = Blueprint("imports", __name__)

_AT_HAND = timedelta(seconds=8)
"""What the server does of an import right after its answer; small files are done then, the rest is the worker's."""


@bp.get("/imports")
@guard(Permission.RECORD_DEAL)
def index() -> ResponseReturnValue:
    """The imports, newest first."""
    page = page_of(db(), _wanted(), DealImport.id, request.args.get("after"))
    return render_template("imports/index.html", page=page, counts=import_files.counts_of(db(), page.rows))


@bp.get("/imports.<kind>")
@guard(Permission.RECORD_DEAL)
def download(kind: str) -> Response:
    """The same list as a file."""
    rows = db().scalars(_wanted().order_by(DealImport.id)).all()
    counts = import_files.counts_of(db(), rows)
    columns = [
        Column(_("Number"), lambda row: row.id),
        Column(_("File"), lambda row: row.name),
        Column(_("Status"), lambda row: str(status("import", "stuck" if row.trouble else row.state).word)),
        Column(_("Uploaded by"), lambda row: row.uploader.name),
        Column(_("Uploaded at"), lambda row: row.uploaded_at),
        Column(_("Confirmed by"), lambda row: row.confirmer.name if row.confirmer else None),
        Column(_("Confirmed at"), lambda row: row.confirmed_at),
        Column(_("Rows"), lambda row: row.rows),
        *(Column(str(status("import_row", one).word), partial(_count, counts, one)) for one in RowOutcome),
    ]
    return export(rows, columns, _("imports"), kind)


@bp.get("/imports/template.<kind>")
@guard(Permission.RECORD_DEAL)
def template(kind: str) -> Response:
    """An empty file to fill in."""
    return files.template(kind)


@bp.route("/imports/new", methods=["GET", "POST"])
@guard(Permission.RECORD_DEAL)
def new() -> ResponseReturnValue:
    """Take in a file; it is tried out at once, and nothing of it is recorded."""
    form = UploadForm(key=token())
    if form.validate_on_submit() and (file := _opened(form)) is not None:
        with refusing(form):
            row = import_files.upload(db(), actor(), now(), file, key=form.key.data)
            return _and_work(redirect(url_for(".show", import_id=row.id)), row.id)
    return form_page(
        "imports/new.html", form, most_mb=config().upload_mb, most_rows=MOST_ROWS, days=config().import_days
    )


@bp.get("/imports/<int:import_id>")
@guard(Permission.RECORD_DEAL)
def show(import_id: int) -> ResponseReturnValue:
    """One import, row by row: what it would do, or what it did."""
    row = load(DealImport, import_id)
    counts = import_files.counts(db(), row)
    wanted = chosen(RowOutcome, request.args.get("outcome"))
    page = page_of(db(), import_files.rows_of(row, wanted), ImportRow.number, request.args.get("after"), ascending=True)
    names = import_files.names(db(), page.rows)
    rows = [words.shown(one, import_files.cells_if_open(db(), one), names) for one in page.rows]
    return render_template(
        "imports/show.html",
        row=row,
        counts=counts,
        rows=rows,
        next_cursor=page.next_cursor,
        under_way=row.trouble is None and row.state in {ImportState.CHECKING, ImportState.APPLYING},
        own=import_files.may_take_refused(db(), actor(), row),
        outcomes=[(one.value, status("import_row", one).word) for one in RowOutcome],
    )


@bp.post("/imports/<int:import_id>/confirm")
@guard(Permission.RECORD_DEAL)
def confirm(import_id: int) -> ResponseReturnValue:
    """Carry out what was shown as good."""
    row = load(DealImport, import_id)
    import_files.confirm(db(), actor(), now(), row)
    return _and_work(redirect(url_for(".show", import_id=import_id)), import_id)


@bp.post("/imports/<int:import_id>/discard")
@guard(Permission.RECORD_DEAL)
def discard(import_id: int) -> ResponseReturnValue:
    """Put the file away; nothing of it was recorded."""
    import_files.discard(db(), actor(), now(), load(DealImport, import_id))
    flash(_("The file is put away and its rows are erased. Nothing of it was recorded."), "success")
    return redirect(url_for(".index"))


@bp.post("/imports/<int:import_id>/resume")
@guard(Permission.RECORD_DEAL)
def resume(import_id: int) -> ResponseReturnValue:
    """Go on with an import that stands still."""
    row = load(DealImport, import_id)
    trouble.resume(db(), actor(), now(), row)
    return _and_work(redirect(url_for(".show", import_id=import_id)), import_id)


@bp.post("/imports/<int:import_id>/end")
@guard(Permission.RECORD_DEAL)
def end(import_id: int) -> ResponseReturnValue:
    """End an import that stands still and is done in part."""
    row = load(DealImport, import_id)
    trouble.give_up(db(), actor(), now(), row)
    flash(_("The import is ended. What was recorded stays, and the other rows are among the refused ones."), "success")
    return redirect(url_for(".show", import_id=import_id))


@bp.post("/imports/<int:import_id>/refused.<kind>")
@guard(Permission.RECORD_DEAL)
def take_refused(import_id: int, kind: str) -> Response:
    """Hand out the refused rows. Not a GET: they hold phones in full, and taking them is written down."""
    row = load(DealImport, import_id)
    return files.refused(import_files.take_refused(db(), actor(), now(), row), kind)


def _opened(form: UploadForm) -> import_files.Upload | None:
    """The file as it was read, or None with the reason in the form. Nobody who writes waits for it."""
    sent = form.file.data
    return take_in(form, WORKBOOKS, lambda: import_files.open_file(sent.filename or "", sent.read()))


def _and_work(response: BaseResponse, import_id: int) -> BaseResponse:
    """Begin as soon as the request is committed and answered."""
    response.call_on_close(
        partial(import_worker.run_due, database(), current_app.extensions["clock"], only=import_id, most=_AT_HAND)
    )
    return response


def _count(counts: Mapping[int, import_files.Counts], outcome: RowOutcome, row: DealImport) -> int:
    return counts[row.id].outcome.get(outcome, 0)


def _wanted() -> Select[DealImport]:
    state = request.args.get("state")
    found = request.args.get("q", "")
    return import_files.listing(actor(), state=chosen(ImportState, state), stuck=state == "stuck", find=found)
