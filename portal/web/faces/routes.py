"""One's own face, a broker's or a colleague's: what is kept and why, enrolling, and taking the consent back."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...rules.partners.policy import Policy
from ...services.faces import challenges, enrolments, faces
from ...services.faces.challenges import CameraHolder, Capture
from ...services.faces.enrolments import Enrolling
from ...services.faces.faces import Shot
from ..edge import actor, db, engine, now, refusing
from ..files.capture import look_at_all, refused_status, told_side
from ..guard import guard
from .forms import EnrolForm
from .words import DOUBTS

bp = Blueprint("faces", __name__)


@bp.route("/me/face", methods=["GET", "POST"])
@guard(Permission.ENROL_FACE)
def mine() -> ResponseReturnValue:
    """Enrol one's own face, or enrol it again."""
    form, status = EnrolForm(), 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        looked = look_at_all(form, ("photo", "turned"))
        if isinstance(looked, Refusal):
            status = refused_status(form, looked, _holder(), lambda: None)
        else:
            with refusing(form):
                _tell(_enrol(form, looked))
                return redirect(url_for("faces.mine"), 303)
    return _page(form), status


@bp.post("/me/face/nonce")
@guard(Permission.ENROL_FACE)
def nonce() -> Response:
    """A fresh word for a camera that is being opened; where the one before it has enrolled a face and the answer was
    lost, the way to that."""
    if enrolments.made_by(db(), _holder(), request.form.get("nonce", "")) is not None:
        return jsonify(made=url_for(".mine"))
    word = challenges.issue_nonce(db(), _holder(), now(), None)
    return jsonify(nonce=word, seconds=Policy().nonce_seconds)


@bp.post("/me/face/side")
@guard(Permission.ENROL_FACE)
def side() -> Response | tuple[Response, int]:
    """The side to turn to, against the digest of the first shot."""
    return told_side(_holder(), None)


@bp.post("/me/face/withdraw")
@guard(Permission.ENROL_FACE)
def withdraw() -> ResponseReturnValue:
    """Take the consent back; every face of one's own is erased with it."""
    enrolments.withdraw(db(), actor(), now())
    flash(_("Your consent is withdrawn and your face is erased."), "success")
    return redirect(url_for("faces.mine"), 303)


def _enrol(form: EnrolForm, shots: dict[str, Shot]) -> bool:
    """Whether the face waits for a second person."""
    capture = Capture(shots["photo"], shots.get("turned"), in_page=form.in_page.data == "yes")
    sent = Enrolling(capture, form.nonce.data or "", form.consent.data, str(get_locale()))
    row = enrolments.enrol(db(), _holder(), now(), engine(), sent)
    return row is not None and row.waits


def _tell(waits: bool) -> None:
    if waits:
        flash(_("Your face is here, and waits for somebody who confirms it on meeting you."), "warning")
    else:
        flash(_("Your face is enrolled."), "success")


def _holder() -> CameraHolder:
    return CameraHolder(actor(), current_user.row.id)


def _page(form: EnrolForm) -> str:
    return render_template(
        "faces/mine.html",
        form=form,
        policy=Policy(),
        enrolment=faces.enrolment(db(), actor().id),
        latest=enrolments.latest(db(), actor().id),
        doubts=DOUBTS,
        agreed=faces.has_agreed(db(), actor(), now()),
        checks_in=not actor().staff,
    )
