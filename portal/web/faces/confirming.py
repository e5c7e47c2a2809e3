"""The second person: meets who enrolled a face, films him, and stands for it; or says that it is not his."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import FaceEnrolment
from ...rules.partners.policy import Policy
from ...services.faces import challenges, enrolments
from ...services.faces.challenges import CameraHolder, Capture
from ..edge import actor, db, engine, form_page, load, now, refusing
from ..files.capture import look_at_all, refused_status, told_side
from ..guard import guard
from ..lists.paging import page_of
from .forms import ConfirmForm, RefuseForm
from .words import DOUBTS

bp = Blueprint("enrolments", __name__)

_SHOWN = {"waiting": True, "in_force": False}


@bp.get("/faces")
@guard(Permission.CONFIRM_FACE)
def index() -> ResponseReturnValue:
    """The faces that nobody has confirmed yet, those that wait for it first."""
    chosen = request.args.get("state", "waiting")
    wanted = enrolments.listing(actor(), waiting=_SHOWN.get(chosen))
    page = page_of(db(), wanted, FaceEnrolment.id, request.args.get("after"))
    return render_template("faces/index.html", page=page)


@bp.get("/faces/<int:enrolment_id>")
@guard(Permission.CONFIRM_FACE)
def show(enrolment_id: int) -> ResponseReturnValue:
    """One of them: why it waits, and the camera."""
    return _page(load(FaceEnrolment, enrolment_id), ConfirmForm(formdata=None))


@bp.post("/faces/<int:enrolment_id>/confirm")
@guard(Permission.CONFIRM_FACE)
def confirm(enrolment_id: int) -> ResponseReturnValue:
    """The shots of the person before one are compared, and not kept."""
    load(FaceEnrolment, enrolment_id)
    form, status = ConfirmForm(), 422
    if form.validate_on_submit():
        looked = look_at_all(form, ("photo", "turned"))
        if isinstance(looked, Refusal):
            status = refused_status(form, looked, _holder(), lambda: load(FaceEnrolment, enrolment_id))
        else:
            with refusing(form):
                row = load(FaceEnrolment, enrolment_id)
                capture = Capture(looked["photo"], looked.get("turned"), in_page=form.in_page.data == "yes")
                enrolments.confirm(db(), _holder(), now(), engine(), row, capture, form.nonce.data or "")
                flash(_("Confirmed: this is the face of %(name)s.", name=row.person.name), "success")
                return redirect(url_for(".index"), 303)
    return _page(load(FaceEnrolment, enrolment_id), form), status


@bp.post("/faces/<int:enrolment_id>/nonce")
@guard(Permission.CONFIRM_FACE)
def nonce(enrolment_id: int) -> Response:
    """A fresh word for a camera that is being opened; where the face is decided meanwhile, the way to its page."""
    row = load(FaceEnrolment, enrolment_id)
    if not row.open:
        return jsonify(made=url_for(".show", enrolment_id=row.id))
    word = challenges.issue_nonce(db(), _holder(), now(), row)
    return jsonify(nonce=word, seconds=Policy().nonce_seconds)


@bp.post("/faces/<int:enrolment_id>/side")
@guard(Permission.CONFIRM_FACE)
def side(enrolment_id: int) -> Response | tuple[Response, int]:
    """The side to turn to, against the digest of the first shot."""
    return told_side(_holder(), load(FaceEnrolment, enrolment_id))


@bp.route("/faces/<int:enrolment_id>/refuse", methods=["GET", "POST"])
@guard(Permission.CONFIRM_FACE)
def refuse(enrolment_id: int) -> ResponseReturnValue:
    """It is not his, or he did not come: the face is erased."""
    row, form = load(FaceEnrolment, enrolment_id), RefuseForm()
    if form.validate_on_submit():
        with refusing(form):
            enrolments.refuse(db(), actor(), now(), row, reason=form.reason.data)
            flash(_("Refused. The face is erased, and %(name)s reads why.", name=row.person.name), "success")
            return redirect(url_for(".index"), 303)
    return form_page("faces/refuse.html", form, row=row)


def _page(row: FaceEnrolment, form: ConfirmForm) -> str:
    """The page; the camera only for who may stand for this face."""
    own = row.person_id == actor().id
    return render_template(
        "faces/confirm.html",
        row=row,
        form=form,
        policy=Policy(),
        doubts=DOUBTS,
        own=own,
        may_confirm=not own and (actor().staff or row.waits),
        by_staff=actor().staff,
        earlier=enrolments.earlier(db(), row) if row.template_id else None,
    )


def _holder() -> CameraHolder:
    return CameraHolder(actor(), current_user.row.id)
