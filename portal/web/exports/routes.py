"""Scheduled exports: what one has sent, asked for from any list with a file; its runs, and their files."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.permissions import Permission
from ...adapters.sheets.formats import MIMETYPES
from ...clock import local_day
from ...models import ExportRun, ExportSchedule
from ...rules.exports.rhythm import next_due
from ...services.exports import runs, schedules
from ...session import Session
from ..components import instant
from ..edge import actor, db, files, form_page, load, now, refusing
from ..files.downloads import streamed_response
from ..guard import guard
from ..language import choose
from ..lists.paging import page_of
from ..messages import say
from . import lists, words
from .forms import ScheduleForm, opened_with

bp = Blueprint("exports", __name__, url_prefix="/exports")


@bp.get("")
@guard(Permission.OWN_PROFILE)
def index() -> ResponseReturnValue:
    """The own schedules: those that run or pause, or those that ended."""
    ended = request.args.get("shown") == "ended"
    page = page_of(db(), schedules.listing(actor(), ended=ended), ExportSchedule.id, request.args.get("after"))
    return render_template(
        "exports/index.html",
        page=page,
        ended=ended,
        lists=lists,
        words=words,
        next_at=_next_at,
    )


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.OWN_PROFILE)
def new() -> ResponseReturnValue:
    """Ask for a list regularly, by the address of its file; where that is none, one reads how to come to it."""
    asked_for = lists.listed(request.args.get("of", ""))
    if asked_for is None:
        flash(_("Open the list that you want, and choose “Regularly” there."), "info")
        return redirect(url_for(".index"), 303)
    if not lists.readable(asked_for.endpoint):
        abort(403)
    form = ScheduleForm()
    form.offer(asked_for.filters)
    if form.validate_on_submit():
        with refusing(form):
            asked = form.asked(asked_for.filters, choose())
            row = schedules.ask(db(), actor(), now(), asked_for.endpoint, asked_for.arguments, asked)
            db().flush()
            flash(_("The first one comes on %(at)s.", at=instant(next_due(row.rhythm, now()))), "success")
            return redirect(url_for(".show", schedule_id=row.id), 303)
    return form_page("exports/form.html", form, row=None, of=asked_for, lists=lists)


@bp.get("/<int:schedule_id>")
@guard(Permission.OWN_PROFILE)
def show(schedule_id: int) -> ResponseReturnValue:
    """One schedule: what it is of, when the next one comes, and the runs."""
    row = load(ExportSchedule, schedule_id)
    page = page_of(db(), runs.listing(actor(), row), ExportRun.id, request.args.get("after"))
    return render_template(
        "exports/show.html",
        row=row,
        page=page,
        lists=lists,
        words=words,
        list_url=lists.page_url(row) if lists.readable(row.endpoint) else None,
        next_at=_next_at(row),
        now=now(),
    )


@bp.route("/<int:schedule_id>/edit", methods=["GET", "POST"])
@guard(Permission.OWN_PROFILE)
def edit(schedule_id: int) -> ResponseReturnValue:
    """Change what file comes when."""
    row = load(ExportSchedule, schedule_id)
    form = ScheduleForm(data=opened_with(row))
    form.offer(row.filters)
    if form.validate_on_submit():
        with refusing(form):
            schedules.change(db(), actor(), now(), row, form.asked(row.filters, choose()))
            flash(_("Saved."), "success")
            return redirect(url_for(".show", schedule_id=row.id), 303)
    return form_page("exports/form.html", form, row=row, of=row, lists=lists)


@bp.post("/<int:schedule_id>/pause")
@guard(Permission.OWN_PROFILE)
def pause(schedule_id: int) -> ResponseReturnValue:
    """Export nothing until it is resumed."""
    return _done(schedule_id, schedules.pause, _("Paused. Nothing comes until you resume it."))


@bp.post("/<int:schedule_id>/resume")
@guard(Permission.OWN_PROFILE)
def resume(schedule_id: int) -> ResponseReturnValue:
    """Go on with a paused one."""
    return _done(schedule_id, schedules.resume, _("It goes on."))


@bp.post("/<int:schedule_id>/end")
@guard(Permission.OWN_PROFILE)
def end(schedule_id: int) -> ResponseReturnValue:
    """Export nothing any more."""
    return _done(schedule_id, schedules.end, _("Ended. What was made can still be taken until its time is over."))


@bp.get("/runs/<int:run_id>")
@guard(Permission.OWN_PROFILE)
def run(run_id: int) -> ResponseReturnValue:
    """Where a notice leads: the run among the others of its schedule."""
    row = load(ExportRun, run_id)
    return redirect(url_for(".show", schedule_id=row.schedule_id, after=row.id + 1, _anchor=f"run-{row.id}"), 303)


@bp.post("/runs/<int:run_id>/file")
@guard(Permission.OWN_PROFILE)
def take(run_id: int) -> ResponseReturnValue:
    """Take a file, as long as one may still read its list."""
    row = load(ExportRun, run_id)
    if not lists.readable(row.schedule.endpoint):
        abort(403)
    try:
        names = runs.take(db(), actor(), now(), row)
    except Refusal as refusal:
        flash(say(refusal), "danger")
        return redirect(url_for(".show", schedule_id=row.schedule_id), 303)
    name = f"{lists.title(row.schedule.endpoint)}-{local_day(row.due_at)}.{row.schedule.format}"
    mimetype = MIMETYPES[row.schedule.format]
    return streamed_response(runs.read(files(), names), mimetype, name, row.size or 0)


def _next_at(row: ExportSchedule) -> datetime | None:
    return next_due(row.rhythm, max(row.since, now())) if words.state_of(row) == "running" else None


_Change = Callable[[Session, Actor, datetime, ExportSchedule], None]


def _done(schedule_id: int, change: _Change, said: str) -> ResponseReturnValue:
    row = load(ExportSchedule, schedule_id)
    try:
        change(db(), actor(), now(), row)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(said, "success")
    return redirect(url_for(".show", schedule_id=row.id), 303)
