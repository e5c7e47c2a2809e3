"""One's own face, a broker's or a colleague's: what is kept and why, enrolling, and taking the consent back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...services import faces
from ..capture import look_at
from ..edge import actor, db, engine, now, refusing
from ..guard import guard
from .forms import EnrolForm

bp = Blueprint("faces", __name__)


@bp.route("/me/face", methods=["GET", "POST"])
@guard(Permission.ENROL_FACE)
def mine():
    """Enrol one's own face, or enrol it again."""
    form = EnrolForm()
    if form.validate_on_submit() and (shot := look_at(form)) is not None:
        with refusing(form):
            faces.enrol(
                db(),
                actor(),
                now(),
                engine=engine(),
                shot=shot,
                consent=form.consent.data,
                locale=str(get_locale()),
            )
            flash(_("Your face is enrolled."), "success")
            return redirect(url_for("faces.mine"), 303)
    enrolment = faces.enrolment(db(), actor().id)
    page = render_template("faces/mine.html", form=form, enrolment=enrolment, checks_in=not actor().staff)
    return page, 422 if form.is_submitted() else 200


@bp.post("/me/face/withdraw")
@guard(Permission.ENROL_FACE)
def withdraw():
    """Take the consent back; the template is erased with it."""
    faces.withdraw(db(), actor(), now())
    flash(_("Your consent is withdrawn and your face is erased."), "success")
    return redirect(url_for("faces.mine"), 303)
