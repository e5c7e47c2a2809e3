"""Owners: whose home is to be handed over and when, and what is done for who has his."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.scope import visible
from ...models import (
    CareAssignment,
    CareFile,
    ComplaintAbout,
    ComplaintSource,
    Deal,
    Development,
    Milestone,
    MilestoneKind,
    Role,
    Survey,
)
from ...models.care.files import latest_assignments
from ...services.aftercare import complaints, owners, surveys
from ..edge import actor, config, db, form_page, now, refusing, send_texts_afterwards
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.paging import page_of
from ..messages import say
from .forms import AskForm, ComplaintForm, PlanForm, ToldForm
from .words import ABOUT, OCCASIONS, badge_state

bp = Blueprint("owners", __name__, url_prefix="/owners")


@bp.get("")
@guard(Permission.SERVE_OWNERS)
def index() -> str:
    """Homes that were signed for: those to be handed over, or those that were."""
    handed = request.args.get("state") == "handed_over"
    stmt = _deals(handed, number_of(request.args.get("development")))
    page = page_of(db(), stmt.options(joinedload(Deal.development), joinedload(Deal.client)), Deal.id, _after())
    return render_template(
        "aftercare/owners.html",
        page=page,
        rows=owners.shown(db(), page.rows),
        handed=handed,
        developments=db().scalars(visible(actor(), Development).order_by(Development.name)).all(),
    )


@bp.get("/<int:deal_id>")
@guard(Permission.SERVE_OWNERS)
def show(deal_id: int) -> ResponseReturnValue:
    """One home and its owner."""
    return _page(_load(deal_id), {})


@bp.post("/<int:deal_id>/planned")
@guard(Permission.SERVE_OWNERS)
def plan(deal_id: int) -> ResponseReturnValue:
    """For which day the handover is planned: 90, 60 and 30 days before it the owner is cared for by the plan."""
    deal, form = _load(deal_id), PlanForm()
    if form.validate_on_submit():
        with refusing(form):
            owners.plan_handover(db(), actor(), now(), deal, form.day.data or date.min)
            flash(_("Written down. What is due before the handover follows from it."), "success")
            return _back(deal)
    return _page(deal, {"plan": form})


@bp.post("/<int:deal_id>/about")
@guard(Permission.SERVE_OWNERS)
def describe(deal_id: int) -> ResponseReturnValue:
    """What the owner told of himself."""
    deal, form = _load(deal_id), ToldForm()
    if form.validate_on_submit():
        owner = owners.open_for(db(), actor(), now(), deal)
        owners.describe(db(), actor(), now(), owner, form.told)
        flash(_("Saved."), "success")
        return _back(deal)
    return _page(deal, {"told": form})


@bp.post("/<int:deal_id>/survey")
@guard(Permission.SERVE_OWNERS)
def ask(deal_id: int) -> ResponseReturnValue:
    """Ask the owner in a survey."""
    deal, form = _load(deal_id), AskForm()
    if form.validate_on_submit():
        with refusing(form):
            owner = owners.open_for(db(), actor(), now(), deal)
            _text(surveys.ask(db(), actor(), now(), owner, form.chosen))
            return _back(deal)
    return _page(deal, {"ask": form})


@bp.post("/<int:deal_id>/complaint")
@guard(Permission.SERVE_OWNERS)
def complain(deal_id: int) -> ResponseReturnValue:
    """Take down what an owner complains of."""
    deal, form = _load(deal_id), ComplaintForm()
    if form.validate_on_submit():
        with refusing(form):
            owner = owners.open_for(db(), actor(), now(), deal)
            about = complaints.About(ComplaintSource.STAFF, ComplaintAbout(form.about.data), form.words.data or "")
            made = complaints.open_complaint(db(), actor(), now(), owner, about)
            flash(_("Taken down. The clock of the first answer runs."), "success")
            return redirect(url_for("complaints.show", complaint_id=made.id), 303)
    return _page(deal, {"complaint": form})


@bp.post("/<int:deal_id>/poster")
@guard(Permission.SERVE_OWNERS)
def offer_poster(deal_id: int) -> ResponseReturnValue:
    """Ask on the owner's page, once, whether he wants a poster of his own."""
    deal = _load(deal_id)
    try:
        owners.offer_poster(db(), actor(), now(), owners.open_for(db(), actor(), now(), deal))
    except Refusal as refusal:
        flash(say(refusal), "info")
    else:
        flash(_("Offered on the owner's page: one tap of his, and he is invited. Do not ask again."), "success")
    return _back(deal)


def _text(survey: Survey) -> None:
    """Text the link where texts go out, and say whether that will be."""
    if not config().texts(config().sms_survey_template):
        flash(_("Send the owner the link of the survey: no text goes out from here."), "success")
        return
    message = surveys.text_owner(db(), now(), survey)
    if isinstance(message, Refusal):
        flash(_("No text goes to the owner, so send him the link yourself. %(why)s", why=say(message)), "info")
        return
    send_texts_afterwards()
    flash(_("The owner gets the link by text."), "success")


def _back(deal: Deal) -> ResponseReturnValue:
    return redirect(url_for(".show", deal_id=deal.id), 303)


def _after() -> str | None:
    return request.args.get("after")


def _in_care() -> Select[Deal]:
    """The signed deals whose owners the reader may care for."""
    stmt = visible(actor(), Deal).where(Deal.signed_at.is_not(None), Deal.cancelled_at.is_(None))
    if actor().role is not Role.CONSULTANT:
        return stmt
    mine = latest_assignments().where(CareAssignment.person_id == actor().id)
    file_here = (CareFile.development_id == Deal.development_id) & (CareFile.client_id == Deal.client_id)
    own = select(CareFile.id).where(file_here, CareFile.id.in_(mine.with_only_columns(CareAssignment.file_id)))
    return stmt.where(own.correlate(Deal).exists())


def _deals(handed: bool, development_id: int | None) -> Select[Deal]:
    stmt = _in_care()
    over = select(Milestone.deal_id).where(Milestone.kind == MilestoneKind.HANDED_OVER)
    stmt = stmt.where(Deal.id.in_(over) if handed else Deal.id.not_in(over))
    return stmt if development_id is None else stmt.where(Deal.development_id == development_id)


def _load(deal_id: int) -> Deal:
    deal = db().scalar(_in_care().where(Deal.id == deal_id))
    if deal is None:
        abort(404)
    return deal


def _page(deal: Deal, sent: dict[str, FlaskForm]) -> tuple[str, int]:
    """The page of an owner, with the form that was sent as it was, and the others as they open."""
    row = owners.shown(db(), [deal])[0]
    told = owners.told(db(), row.file) if row.file else owners.Told()
    forms: dict[str, FlaskForm] = {
        "plan": PlanForm(formdata=None, day=row.planned_on),
        "told": ToldForm(formdata=None, moved_in_on=told.moved_in_on, family=told.family, hobbies=told.hobbies),
        "ask": AskForm(formdata=None),
        "complaint": ComplaintForm(formdata=None),
    } | sent
    return form_page(
        "aftercare/owner.html",
        next(iter(sent.values()), forms["plan"]),
        row=row,
        deal=deal,
        forms=forms,
        surveys=surveys.of_owner(db(), now(), row.file) if row.file else [],
        complaints=complaints.of_owners(db(), [row.file.id]) if row.file else [],
        badge_state=lambda one: badge_state(complaints.standing(one), now()),
        address=lambda endpoint, key: config().base_url.rstrip("/") + url_for(endpoint, key=key),
        words={"occasions": OCCASIONS, "about": ABOUT},
    )
