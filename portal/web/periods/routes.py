"""The board of a month, closing it in one action, how far that is, and the months that were closed before."""

from functools import partial

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ...access.permissions import Permission
from ...models import Period, PeriodState
from ...rules.periods.close import holding_back
from ...services.periods import periods
from ...services.periods import worker as close_worker
from ..components import month as month_word
from ..edge import actor, database, db, now
from ..guard import guard
from ..lists.arguments import month_in
from ..lists.exports import Column, export, yuan
from ..words.statuses import status
from .words import told

bp = Blueprint("periods", __name__)


@bp.get("/periods")
@guard(Permission.ISSUE_STATEMENT)
def index() -> ResponseReturnValue:
    """What is missing before the chosen month is closed; its close while that is under way; what came before."""
    choices = periods.months(now())
    month = _month(request.args.get("month") or periods.next_to_close(db(), now()))
    period = periods.find(db(), month)
    open_ = period is None or period.state is PeriodState.OPEN
    missing = periods.missing(db(), now(), month) if open_ else ()
    return render_template(
        "periods/index.html",
        month=month,
        months=[
            (month_word(one), url_for(".index", month=one), one == month)
            for one in sorted({*choices, month}, reverse=True)
        ],
        period=None if open_ else period,
        rows=told(actor(), missing, month),
        held=holding_back(missing),
        summary=periods.summary(db(), month) if open_ else None,
        history=periods.history(db()),
    )


@bp.get("/periods.<kind>")
@guard(Permission.ISSUE_STATEMENT)
def download(kind: str) -> Response:
    """The closed months as a file."""
    columns = (
        Column(_("Month"), lambda row: row.month),
        Column(_("Status"), lambda row: str(status("period", row.state).word)),
        Column(_("Begun by"), lambda row: row.starter.name),
        Column(_("Begun at"), lambda row: row.started_at),
        Column(_("Closed at"), lambda row: row.closed_at),
        Column(_("Payees"), lambda row: row.done),
        Column(_("Statements"), lambda row: row.statements),
        Column(_("Number of lines"), lambda row: row.lines),
        Column(_("Lines"), lambda row: yuan(row.lines_fen)),
        Column(_("Payable"), lambda row: yuan(row.payable_fen)),
        Column(_("Carried on"), lambda row: yuan(row.carried_fen)),
    )
    return export(periods.history(db()), columns, _("periods"), kind)


@bp.post("/periods/<month>/close")
@guard(Permission.ISSUE_STATEMENT)
def start(month: str) -> ResponseReturnValue:
    """Begin to close a month. A small portal's is done behind this answer; the rest of a large one is the worker's."""
    period = periods.start_close(db(), actor(), now(), month=_month(month))
    if period.whole > periods.AT_ONCE:
        flash(_("The close has begun. You can leave this page."), "success")
        return redirect(url_for(".index", month=month))
    return _worked_on(period)


@bp.post("/periods/<month>/continue")
@guard(Permission.ISSUE_STATEMENT)
def resume(month: str) -> ResponseReturnValue:
    """Go on with a close that stands still. Harmless while it does not."""
    period = periods.find(db(), _month(month))
    if period is None or period.state is not PeriodState.CLOSING:
        abort(404)
    return _worked_on(period)


def _worked_on(period: Period) -> BaseResponse:
    """The board, and behind the answer, when the request is committed, the work."""
    response = redirect(url_for(".index", month=period.month))
    clock = current_app.extensions["clock"]
    response.call_on_close(partial(close_worker.run, database(), clock, period.id))
    return response


def _month(text: str) -> str:
    """A month as it stands in an address; 404 for what is none."""
    return month_in(text) or abort(404)
