"""What an owner opens by a link, without signing in: a survey, his own page, and a complaint that he has the word on.

The pages name the home and nobody's name or number: who finds a link learns that somebody lives there.
"""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ...access.actor import Actor
from ...models import Complaint, ComplaintAbout, ComplaintSource, OwnerFile, Survey
from ...rules.aftercare.complaint import SHOWN_TO_CLIENT, ComplaintState, StepKind
from ...rules.promises.promise import PromiseState
from ...services.aftercare import complaints, owners, surveys
from ...services.aftercare.surveys import SurveyState
from ...services.promises import promises
from ..edge import abandon, db, form_page, now, refusing, send_texts_afterwards
from ..forms.public import PublicForm
from ..guard import public
from ..limits import limiter
from .forms import OwnComplaintForm, SurveyForm, WordForm
from .words import ABOUT, STEPS, for_owner

bp = Blueprint("owner_pages", __name__)


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.route("/survey/<key>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def survey(key: str) -> ResponseReturnValue:
    """A survey: three marks and words; answered once."""
    row, form = _survey(key), SurveyForm().offer()
    if form.validate_on_submit():
        with refusing(form):
            complaint = surveys.answer(db(), now(), row, form.marks, form.words.data or "")
            if complaint is not None:
                return redirect(url_for(".complaint", key=complaint.link_key), 303)
            return redirect(url_for(".survey", key=key), 303)
    state = surveys.state_of(row, now())
    return form_page(
        "aftercare/survey.html",
        form,
        survey=row,
        development=row.owner.deal.development,
        answered=state is SurveyState.ANSWERED,
        over=state is SurveyState.OVER,
        own_page=url_for(".home", key=row.owner.link_key) if state is SurveyState.ANSWERED else None,
    )


@bp.route("/home/<key>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def home(key: str) -> ResponseReturnValue:
    """An owner's own page: what he complained of, a place to complain, and the poster if it was offered."""
    owner, form = _owner(key), OwnComplaintForm()
    if form.validate_on_submit():
        with refusing(form):
            about = complaints.About(ComplaintSource.OWNER, ComplaintAbout(form.about.data), form.words.data or "")
            made = complaints.open_complaint(db(), _nobody(), now(), owner, about)
            return redirect(url_for(".complaint", key=made.link_key), 303)
    return form_page(
        "aftercare/home.html",
        form,
        deal=owner.deal,
        complaints=complaints.of_owners(db(), [owner.id]),
        for_owner=for_owner,
        about=ABOUT,
        offered=owner.poster_offered_at is not None and owner.poster_answered_at is None,
        invited=bool(owner.poster_wanted),
        key=key,
    )


@bp.post("/home/<key>/poster")
@public
@limiter.limit("10/minute")
def poster(key: str) -> ResponseReturnValue:
    """Yes or no to a poster of his own, once."""
    owner = _owner(key)
    if PublicForm().validate_on_submit():
        owners.answer_poster(db(), now(), owner, wanted=request.form.get("wanted") == "yes")
        send_texts_afterwards()
    return redirect(url_for(".home", key=key), 303)


@bp.route("/complaint/<key>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def complaint(key: str) -> ResponseReturnValue:
    """How a complaint stands, and the owner's word whether it is settled."""
    row, form = _complaint(key), WordForm()
    settled = request.form.get("said") == "settled"
    if form.validate_on_submit():
        with refusing(form):
            kind = StepKind.SETTLED if settled else StepKind.REOPENED
            complaints.take_step(db(), _nobody(), now(), row, kind, form.words.data or "")
            return redirect(url_for(".complaint", key=key), 303)
    steps = [step for step in complaints.steps_of(db(), row) if step.row.kind in SHOWN_TO_CLIENT and _counts(step)]
    return form_page(
        "aftercare/own_complaint.html",
        form,
        complaint=row,
        deal=row.owner.deal,
        said=for_owner(row.state),
        steps=steps,
        words=STEPS,
        about=ABOUT[row.about],
        waits=row.state is ComplaintState.OPEN,
        own_page=url_for(".home", key=row.owner.link_key),
    )


@bp.errorhandler(429)
def too_often(_error: HTTPException) -> ResponseReturnValue:
    """Too many forms came from one place."""
    abandon()
    return render_template("errors/429.html"), 429


def _counts(step: complaints.Step) -> bool:
    """Whether what was offered counts by now: a second person may have to allow it."""
    offered = step.row.promised
    return offered is None or promises.state_of(offered.promise, now()) not in (
        PromiseState.PROPOSED,
        PromiseState.REFUSED,
    )


def _nobody() -> Actor:
    return Actor(None, None, address=request.remote_addr)


def _survey(key: str) -> Survey:
    row = surveys.by_key(db(), key)
    if row is None:
        abort(404)
    return row


def _owner(key: str) -> OwnerFile:
    row = owners.by_key(db(), key)
    if row is None:
        abort(404)
    return row


def _complaint(key: str) -> Complaint:
    row = complaints.by_key(db(), key)
    if row is None:
        abort(404)
    return row
