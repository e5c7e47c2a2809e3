"""The second person: meets who enrolled a face, takes a photo of him, and stands for it; or says that it is not his."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import FaceEnrolment
from ...services.faces import enrolments
from ..capture import look_at
from ..edge import actor, db, engine, load, now, refusing
from ..guard import guard
from ..paging import page_of
from .forms import ConfirmForm, RefuseForm
from .words import DOUBTS

bp = Blueprint("enrolments", __name__)

_SHOWN = {"waiting": True, "in_force": False}


@bp.get("/faces")
@guard(Permission.CONFIRM_FACE)
def index():
    """The faces that nobody has confirmed yet, those that wait for it first."""
    chosen = request.args.get("state", "waiting")
    wanted = enrolments.listing(actor(), waiting=_SHOWN.get(chosen))
    page = page_of(db(), wanted, FaceEnrolment.id, request.args.get("after"))
    return render_template("faces/index.html", page=page)


@bp.get("/faces/<int:enrolment_id>")
@guard(Permission.CONFIRM_FACE)
def show(enrolment_id: int):
    """One of them: why it waits, and the camera."""
    return _page(load(FaceEnrolment, enrolment_id), ConfirmForm(formdata=None))


@bp.post("/faces/<int:enrolment_id>/confirm")
@guard(Permission.CONFIRM_FACE)
def confirm(enrolment_id: int):
    """The photo of the person before one is compared, and not kept."""
    load(FaceEnrolment, enrolment_id)
    form = ConfirmForm()
    if form.validate_on_submit() and (shot := look_at(form)) is not None:
        with refusing(form):
            row = load(FaceEnrolment, enrolment_id)
            enrolments.confirm(db(), actor(), now(), engine(), row, shot)
            flash(_("Confirmed: this is the face of %(name)s.", name=row.person.name), "success")
            return redirect(url_for(".index"), 303)
    return _page(load(FaceEnrolment, enrolment_id), form), 422


@bp.route("/faces/<int:enrolment_id>/refuse", methods=["GET", "POST"])
@guard(Permission.CONFIRM_FACE)
def refuse(enrolment_id: int):
    """It is not his, or he did not come: the face is erased."""
    row, form = load(FaceEnrolment, enrolment_id), RefuseForm()
    if form.validate_on_submit():
        with refusing(form):
            enrolments.refuse(db(), actor(), now(), row, reason=form.reason.data)
            flash(_("Refused. The face is erased, and %(name)s reads why.", name=row.person.name), "success")
            return redirect(url_for(".index"), 303)
    return render_template("faces/refuse.html", row=row, form=form), 422 if form.is_submitted() else 200


def _page(row: FaceEnrolment, form: ConfirmForm) -> str:
    own = row.person_id == actor().id
    return render_template("faces/confirm.html", row=row, form=form, doubts=DOUBTS, own=own)
