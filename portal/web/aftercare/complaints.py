"""Complaints: the list, late ones first, and each with what happened and what may be done."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import Complaint, ComplaintStep, Development, Promise
from ...rules.aftercare.complaint import SILENT_AFTER, ComplaintState, StepKind
from ...rules.promises.promise import PromiseState
from ...services import contacts
from ...services.aftercare import complaints
from ...services.care import files
from ...services.promises import promises
from ..edge import actor, config, db, form_page, load, now, refusing, send_texts_afterwards
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..messages import say
from ..words.statuses import status
from .forms import ReasonForm, StepForm
from .words import ABOUT, SOURCES, STEPS, badge_state

bp = Blueprint("complaints", __name__, url_prefix="/complaints")


@dataclass(frozen=True, slots=True)
class Offers:
    """What was offered in a complaint: whether its reader may offer something, and how a promise stands."""

    may_promise: bool
    state: Callable[[Promise], PromiseState]


MOST = 200
"""Of what waits, a page shows so many: the late ones stand first."""


@bp.get("")
@guard(Permission.SERVE_OWNERS)
def index() -> str:
    """What is not settled, the late ones first; the closed ones, newest first."""
    state = request.args.get("state") or "unsettled"
    stmt = complaints.listed(actor(), now(), state=state, development_id=number_of(request.args.get("development")))
    closed = state == ComplaintState.CLOSED
    page = page_of(db(), stmt.order_by(None), Complaint.id, request.args.get("after")) if closed else None
    return render_template(
        "aftercare/complaints.html",
        rows=page.rows if page else db().scalars(stmt.limit(MOST)).all(),
        next_cursor=page.next_cursor if page else None,
        state=state,
        names=_name,
        badge_state=lambda row: badge_state(complaints.standing(row), now()),
        about=ABOUT,
        developments=db().scalars(visible(actor(), Development).order_by(Development.name)).all(),
    )


@bp.get(".<kind>")
@guard(Permission.SERVE_OWNERS)
def download(kind: str) -> Response:
    """The same list as a file; phones stay masked, and no words of the owners go along."""
    state = request.args.get("state") or "unsettled"
    stmt = complaints.listed(actor(), now(), state=state, development_id=number_of(request.args.get("development")))
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Development"), lambda row: row.owner.deal.development.name),
        Column(_("Unit"), lambda row: row.owner.deal.unit),
        Column(_("Phone"), lambda row: contacts.open_phone(db(), row.owner.deal.client).masked),
        Column(_("What it is about"), lambda row: str(ABOUT[row.about])),
        Column(_("Where it came from"), lambda row: str(SOURCES[row.source])),
        Column(_("Complaint opened at"), lambda row: row.opened_at),
        Column(_("Answer by"), lambda row: row.due_at),
        Column(_("First answer"), lambda row: _first_answer(row)),
        Column(_("Status"), lambda row: str(status("complaint", badge_state(complaints.standing(row), now())).word)),
    )
    return export(db().scalars(stmt).all(), columns, _("complaints"), kind)


@bp.get("/<int:complaint_id>")
@guard(Permission.SERVE_OWNERS)
def show(complaint_id: int) -> ResponseReturnValue:
    """One complaint."""
    return _page(load(Complaint, complaint_id), StepForm(formdata=None), ReasonForm(formdata=None))


@bp.post("/<int:complaint_id>/step")
@guard(Permission.SERVE_OWNERS)
def take_step(complaint_id: int) -> ResponseReturnValue:
    """Answer it, offer something, or leave a note for colleagues."""
    complaint, form = load(Complaint, complaint_id), StepForm()
    if form.validate_on_submit():
        with refusing(form):
            kind = StepKind(form.kind.data)
            step = complaints.take_step(db(), actor(), now(), complaint, kind, form.words.data or "")
            if kind is StepKind.NOTED:
                flash(_("Written down. The owner does not read it."), "success")
            else:
                _text(step, _("Written down."))
            return redirect(url_for(".show", complaint_id=complaint_id), 303)
    return _page(complaint, form, ReasonForm(formdata=None))


@bp.post("/<int:complaint_id>/ask")
@guard(Permission.SERVE_OWNERS)
def ask(complaint_id: int) -> ResponseReturnValue:
    """Ask the owner whether it is settled: it closes by his word."""
    complaint = load(Complaint, complaint_id)
    try:
        step = complaints.take_step(db(), actor(), now(), complaint, StepKind.ASKED)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        _text(step, _("The owner is asked; it closes by his word."))
    return redirect(url_for(".show", complaint_id=complaint_id), 303)


@bp.post("/<int:complaint_id>/close")
@guard(Permission.LEAD_CARE)
def close(complaint_id: int) -> ResponseReturnValue:
    """Close what the owner has not answered for long, with a reason."""
    complaint, form = load(Complaint, complaint_id), ReasonForm()
    if form.validate_on_submit():
        with refusing(form):
            reason = form.reason.data or ""
            complaints.take_step(db(), actor(), now(), complaint, StepKind.CLOSED_UNANSWERED, reason)
            flash(_("Closed. The owner can still open it again by his link."), "success")
            return redirect(url_for(".show", complaint_id=complaint_id), 303)
    return _page(complaint, StepForm(formdata=None), form)


def _text(step: ComplaintStep, done: str) -> None:
    """Text the owner his link where texts go out, and say whether that will be."""
    if not config().texts(config().sms_complaint_template):
        flash(_("%(done)s Send the owner his link: no text goes out from here.", done=done), "success")
        return
    message = complaints.text_owner(db(), now(), step)
    if isinstance(message, Refusal):
        flash(
            _("%(done)s No text goes to the owner, so send him his link. %(why)s", done=done, why=say(message)), "info"
        )
        return
    send_texts_afterwards()
    flash(_("%(done)s The owner gets his link by text.", done=done), "success")


def _page(complaint: Complaint, form: StepForm, closing: ReasonForm) -> tuple[str, int]:
    standing = complaints.standing(complaint)
    asked = complaint.state is ComplaintState.ASKED
    return form_page(
        "aftercare/complaint.html",
        closing if closing.errors or closing.form_errors else form,
        complaint=complaint,
        name=_name(complaint),
        steps=complaints.steps_of(db(), complaint),
        badge_state=badge_state(standing, now()),
        step_form=form,
        closing=closing if asked and may(actor(), Permission.LEAD_CARE) else None,
        offers=Offers(may(actor(), Permission.MAKE_PROMISE), lambda promise: promises.state_of(promise, now())),
        may_close_at=complaint.since + SILENT_AFTER if asked else None,
        words={"steps": STEPS, "about": ABOUT, "sources": SOURCES},
    )


def _name(complaint: Complaint) -> str:
    return contacts.mask_name(files.name_of(db(), complaint.owner.file))


def _first_answer(row: Complaint) -> object:
    return next((step.at for step in row.steps if step.kind is StepKind.ANSWERED), None)
