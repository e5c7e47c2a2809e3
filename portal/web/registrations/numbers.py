"""The full number of a client who was registered by parts of it: typed at the site, by the client or under his eyes."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TelField
from wtforms.validators import DataRequired, Length

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Registration
from ...services import contacts
from ...services.masked_registrations.numbers import give_number
from ...services.showings import lists as showing_lists
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard

bp = Blueprint("numbers", __name__, url_prefix="/registrations/<int:registration_id>/number")


class NumberForm(FlaskForm):
    """The number in full, or the four digits that the mask leaves out."""

    phone: Any = TelField(_l("The four digits in between, or the full number"), [DataRequired(), Length(max=30)])

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.phone.validators[0].message = _l("Enter the digits.")


@bp.route("", methods=["GET", "POST"])
@guard(Permission.GIVE_NUMBER)
def give(registration_id: int) -> ResponseReturnValue:
    """Type the number; then on to the check-in."""
    registration, form = load(Registration, registration_id), NumberForm()
    if registration.mask is None:
        return redirect(url_for("registrations.show", registration_id=registration.id), 303)
    if form.validate_on_submit():
        with refusing(form):
            give_number(db(), actor(), now(), registration, form.phone.data or "")
            flash(_("The number fits. The registration stands once a visit that counts has shown it."), "success")
            checks_in = may(actor(), Permission.CHECK_IN)
            page = "showings.check_in" if checks_in else "registrations.show"
            return redirect(url_for(page, registration_id=registration.id), 303)
    return form_page(
        "registrations/number.html",
        form,
        registration=registration,
        client=showing_lists.client_name(db(), actor(), registration),
        mask=contacts.open_mask(db(), registration.mask),
    )
