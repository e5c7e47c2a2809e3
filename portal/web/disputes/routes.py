"""Disputes: a principal's word against a statement's line, finance's queue, and the answer."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import local_day
from ...models import Dispute, DisputeState, PostedLine
from ...services.partners import partners
from ...services.payouts import disputes
from ..edge import actor, database, db, files, form_page, load, now, refusing
from ..files.documents import ACCEPTED, handed_out, taken_in
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..words.lines import title
from ..words.statuses import status
from .forms import AnswerForm, DisputeForm, Outcome

bp = Blueprint("disputes", __name__)


@bp.route("/earnings/<int:line_id>/dispute", methods=["GET", "POST"])
@guard(Permission.DISPUTE_LINE)
def new(line_id: int) -> ResponseReturnValue:
    """Dispute a line of an issued statement."""
    line, form = load(PostedLine, line_id), DisputeForm()
    if form.validate_on_submit() and (papers := taken_in(form, "files", form.files.data or ())) is not None:
        with refusing(form):
            line = load(PostedLine, line_id)
            dispute = disputes.file_dispute(
                db(), actor(), now(), files(), line, words=form.words.data, documents=papers
            )
            flash(_("Your dispute is filed. Finance answers here; until then the payment waits."), "success")
            return redirect(url_for(".show", dispute_id=dispute.id), 303)
    line = load(PostedLine, line_id)
    return form_page(
        "disputes/new.html",
        form,
        line=line,
        accepted=ACCEPTED,
        may_dispute=disputes.may_dispute(db(), line),
        latest=disputes.of_line(db(), line),
    )


@bp.get("/disputes")
@guard(Permission.READ_DISPUTES)
def index() -> ResponseReturnValue:
    """The disputes that the reader may see, newest first."""
    return render_template(
        "disputes/index.html",
        page=page_of(db(), _wanted(), Dispute.id, request.args.get("after")),
        agencies=partners.agency_choices(db(), actor()) if actor().staff else [],
        days_open=_days_open,
    )


@bp.get("/disputes.<kind>")
@guard(Permission.READ_DISPUTES)
def download(kind: str) -> Response:
    """The same list as a file, oldest first."""
    columns = (
        Column(_("Disputed at"), lambda row: row.filed_at),
        Column(_("Payee"), lambda row: row.statement.payee_name),
        Column(_("Statement"), lambda row: row.statement.number),
        Column(_("Statement line"), lambda row: title(row.line)),
        Column(_("Amount"), lambda row: yuan(row.line.amount_fen)),
        Column(_("Status"), lambda row: str(status("dispute", row.state).word)),
        Column(_("Days open"), _days_open),
        Column(_("What is wrong with this line"), lambda row: row.steps[0].words),
        Column(_("Answer"), lambda row: row.steps[-1].words if len(row.steps) > 1 else None),
        Column(_("Answered at"), lambda row: row.steps[-1].at if len(row.steps) > 1 else None),
    )
    return export(db().scalars(_wanted().order_by(Dispute.id)), columns, _("disputes"), kind)


@bp.get("/disputes/<int:dispute_id>")
@guard(Permission.READ_DISPUTES)
def show(dispute_id: int) -> ResponseReturnValue:
    """One dispute: the line, what was said, and what became of it."""
    return _page(load(Dispute, dispute_id), AnswerForm(formdata=None))


@bp.post("/disputes/<int:dispute_id>/answer")
@guard(Permission.ANSWER_DISPUTE)
def answer(dispute_id: int) -> ResponseReturnValue:
    """Accept it or let the line stand, in words that the agency reads."""
    dispute, form = load(Dispute, dispute_id), AnswerForm()
    if form.validate_on_submit():
        with refusing(form):
            accepted = form.outcome.data != Outcome.REFUSE
            disputes.answer_dispute(db(), actor(), now(), dispute, accepted=accepted, words=form.words.data)
            flash(_("Answered. The agency reads it, and the payment waits for this no more."), "success")
            if form.outcome.data == Outcome.ADJUST:
                return redirect(url_for("adjustments.new", dispute=dispute_id), 303)
            return redirect(url_for(".show", dispute_id=dispute_id), 303)
    return _page(load(Dispute, dispute_id), form), 422


@bp.post("/disputes/<int:dispute_id>/withdraw")
@guard(Permission.DISPUTE_LINE)
def withdraw(dispute_id: int) -> ResponseReturnValue:
    """Take it back before it is answered."""
    disputes.withdraw_dispute(db(), actor(), now(), load(Dispute, dispute_id))
    flash(_("The dispute is taken back. The line stands as it is."), "success")
    return redirect(url_for(".show", dispute_id=dispute_id), 303)


@bp.get("/disputes/<int:dispute_id>/files/<int:file_id>")
@guard(Permission.READ_DISPUTES)
def file(dispute_id: int, file_id: int) -> Response:
    """A file of a dispute; that it was opened is written down first."""
    row = next((one for one in load(Dispute, dispute_id).files if one.id == file_id), None)
    if row is None:
        abort(404)
    with database().transaction() as own:  # a page's own session cannot write
        content = disputes.view_file(own, actor(), now(), files(), row)
    return handed_out(content, row.name)


def _page(dispute: Dispute, form: AnswerForm) -> str:
    open_still = dispute.state is DisputeState.OPEN
    answers = may(actor(), Permission.ANSWER_DISPUTE)
    return render_template(
        "disputes/show.html",
        dispute=dispute,
        form=form,
        staff=actor().staff,
        answers=answers and open_still,
        withdraws=may(actor(), Permission.DISPUTE_LINE) and open_still,
        adjusts=may(actor(), Permission.PROPOSE_ADJUSTMENT) and disputes.awaits_adjustment(dispute),
        days_open=_days_open(dispute),
    )


def _days_open(dispute: Dispute) -> int:
    """Whole Shanghai days from filing to its end, or to today."""
    ended = dispute.steps[-1].at if dispute.state is not DisputeState.OPEN else now()
    return (local_day(ended) - local_day(dispute.filed_at)).days


def _wanted() -> Select[Dispute]:
    args = request.args
    return disputes.listing(
        actor(), state=chosen(DisputeState, args.get("state")), agency_id=number_of(args.get("agency"))
    )
