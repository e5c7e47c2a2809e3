"""The way without a face: a code on the client's own phone, read out to the broker (rules 3.2).

It stands beside the photo on equal terms; where no text may go out, reception's word is left.
"""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import ArrivalCode, Registration, Touch
from ...services import contacts
from ...services.messages import texts
from ...services.showings import arrival_codes, site_codes
from ...services.showings import lists as showing_lists
from ...services.showings.check_ins import check_in_by_code, open_touch
from ..edge import actor, db, load, now, refusing, send_texts_afterwards, show_refusal, sms
from ..guard import guard
from ..messages import say
from .forms import PlaceForm

bp = Blueprint("faceless", __name__)


class CodeForm(PlaceForm):
    """The six digits that the client reads out."""

    code = StringField(
        _l("Code on the client's phone"), [InputRequired(_l("Enter the six digits of the text.")), Length(max=20)]
    )


@dataclass(frozen=True, slots=True)
class CodeState:
    """How far the code of a visit is: what was sent, whether it still counts, and why no other goes out now."""

    latest: ArrivalCode | None
    counts: bool
    refusal: Refusal | None


@bp.get("/showings/check-in/<int:registration_id>/code")
@guard(Permission.CHECK_IN)
def code(registration_id: int) -> ResponseReturnValue:
    """Send a code, or type the one that came."""
    registration = load(Registration, registration_id)
    touch = open_touch(db(), now(), registration)
    return _page(registration, touch, CodeForm(formdata=None))


@bp.post("/showings/check-in/<int:registration_id>/code/send")
@guard(Permission.CHECK_IN)
def send(registration_id: int) -> ResponseReturnValue:
    """Text a code to the client's registered phone."""
    registration = load(Registration, registration_id)
    touch = open_touch(db(), now(), registration)
    form = CodeForm(formdata=None)
    with refusing(form):
        arrival_codes.send_code(db(), actor(), now(), touch)
        send_texts_afterwards()
        return redirect(url_for(".code", registration_id=registration_id), 303)
    return _page(registration, touch, form), 422


@bp.post("/showings/check-in/<int:registration_id>/code")
@guard(Permission.CHECK_IN)
def check_in(registration_id: int) -> ResponseReturnValue:
    """Check in with what the client read out. A wrong code counts as a try, so nothing is undone."""
    registration, form = load(Registration, registration_id), CodeForm()
    if form.validate_on_submit():
        answer = check_in_by_code(
            db(), actor(), now(), registration=registration, code=form.code.data, place=form.place
        )
        if not isinstance(answer, Refusal):
            return redirect(url_for("showings.show", showing_id=answer.id), 303)
        show_refusal(form, answer)
    return _page(registration, open_touch(db(), now(), registration), form), 422


def offered(touch: Touch) -> CodeState | None:
    """How the way by code stands for a visit; None where this portal sends no texts at all."""
    if sms() is None:
        return None
    latest = arrival_codes.latest_code(db(), touch)
    return CodeState(latest, arrival_codes.counts(now(), latest), _refusal(touch, latest))


def _refusal(touch: Touch, latest: ArrivalCode | None) -> Refusal | None:
    """Why no code can be sent now."""
    return texts.refusal_of(db(), now(), touch.whose) or arrival_codes.refuse_another(now(), latest)


def _page(registration: Registration, touch: Touch, form: CodeForm) -> str:
    return render_template(
        "showings/code.html",
        registration=registration,
        client=showing_lists.client_name(db(), actor(), registration),
        phone=contacts.open_phone(db(), touch.whom).masked,
        state=offered(touch),
        scan=site_codes.open_scan(db(), now(), touch),
        say=say,
        form=form,
    )
