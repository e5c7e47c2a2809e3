"""A broker gives a client up; a channel manager makes a protection longer, once."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ...access.permissions import Permission
from ...models import Registration
from ...services.registrations import endings
from ...services.slots import bookings
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..slots.telling import client_is_told

bp = Blueprint("endings", __name__, url_prefix="/registrations/<int:registration_id>")

_WHY = [DataRequired(_l("Say why.")), Length(max=500)]


class ReleaseForm(FlaskForm):
    """Why a client is given up."""

    reason = TextAreaField(_l("Why"), _WHY)


class ExtendForm(FlaskForm):
    """By how many days a protection is made longer, and why."""

    days = IntegerField(_l("Days"), [InputRequired(_l("Enter a number of days."))])
    reason = TextAreaField(_l("Why"), _WHY)


@bp.route("/release", methods=["GET", "POST"])
@guard(Permission.REGISTER_CLIENT)
def release(registration_id: int) -> ResponseReturnValue:
    """Give the client up: what that means, and why."""
    registration, form = load(Registration, registration_id), ReleaseForm()
    if form.validate_on_submit():
        with refusing(form):
            visit = bookings.of_registration(db(), registration)
            endings.release(db(), actor(), now(), registration, form.reason.data or "")
            if visit is not None and visit.ended_at is not None:
                client_is_told(visit)
            flash(
                _("Given up. Other agencies may register the client now; the receipt stays on the client's page."),
                "success",
            )
            return redirect(url_for("registrations.show", registration_id=registration.id), 303)
    return form_page("registrations/release.html", form, registration=registration)


@bp.route("/extend", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def extend(registration_id: int) -> ResponseReturnValue:
    """Make the protection longer: by how much at most, and why."""
    registration = load(Registration, registration_id)
    most, form = endings.most_days(db(), registration), ExtendForm()
    if form.validate_on_submit():
        with refusing(form):
            days, reason = form.days.data or 0, form.reason.data or ""
            endings.extend(db(), actor(), now(), registration, days=days, reason=reason)
            flash(_("The protection is longer. The broker and the agency are told."), "success")
            return redirect(url_for("registrations.show", registration_id=registration.id), 303)
    return form_page("registrations/extend.html", form, registration=registration, most=most)
