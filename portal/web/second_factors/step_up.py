"""Before money or powers move, who is signed in proves anew who he is; what he was sending comes along.

The page that asks holds the form that was sent, and goes to where the form went: so nothing that was typed is lost, and
what was to be done is done by the same request that proves it.
"""

from flask import Blueprint, Flask, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.step_up import BY_OWN_PASSWORD, STEP_UPS, StepUp
from ...services.accounts import passwords
from ...services.accounts import sign_in as sign_ins
from ...services.second_factors import passkeys, proving, step_ups
from ...services.second_factors.proving import Given, Method
from ..auth import resuming
from ..auth.factor_forms import AnswerField, CodeWithoutPasskey
from ..auth.passkey_site import site_here
from ..auth.proving import place_here
from ..edge import abandon, config, database, db, now, show_refusal
from ..guard import guard
from .holding import holder_here

bp = Blueprint("step_up", __name__)

_PREFIX = "step_up-"
_READING = {"GET", "HEAD", "OPTIONS"}


class StepUpForm(FlaskForm):
    """A passkey's answer, six digits or a recovery code; of who has no second factor, the password."""

    code = StringField(_l("Six digits, or a recovery code"), [CodeWithoutPasskey()])
    passkey = AnswerField()
    old = PasswordField(_l("Password"), [InputRequired()])


def init_step_up(app: Flask) -> None:
    """Ask before the view runs, and after its guard has let the reader in. Raises LookupError for an unknown route."""
    for endpoint in STEP_UPS:
        if endpoint not in app.view_functions:
            raise LookupError(endpoint)
    app.before_request(_check)


@bp.post("/me/step-up/passkey")
@guard(Permission.OWN_PROFILE)
def passkey() -> ResponseReturnValue:
    """What the browser needs to let a passkey sign."""
    site = site_here()
    if site is None:
        return jsonify(error="over"), 409
    return jsonify(passkeys.ask_to_prove(db(), now(), current_user.person, holder_here(), site))


def _check() -> ResponseReturnValue | None:
    kind = STEP_UPS.get(request.endpoint or "")
    if kind is None or request.method in _READING or config().step_up_minutes == 0:
        return None
    if request.endpoint in BY_OWN_PASSWORD and request.form.get("old") and not _enrolled():
        return None
    standing = step_ups.standing(db(), now(), current_user.row, kind)
    if standing is None:
        form = StepUpForm(prefix=_PREFIX, meta={"csrf": False})  # the form that is carried has the token
        outcome = _proven(form, kind) if _sent(form) else None
        if not isinstance(outcome, int):
            if outcome is not None:
                show_refusal(form, outcome)
            return _page(form), 401
        standing = outcome
    g.step_up = standing
    return None


def _enrolled() -> bool:
    return proving.enrolled(db(), current_user.person.id)


def _sent(form: StepUpForm) -> bool:
    return any(field.data for field in (form.code, form.passkey, form.old))


def _proven(form: StepUpForm, kind: StepUp) -> int | Refusal:
    """The proof that was kept, or why there is none. What is counted stays counted, whatever becomes of the request."""
    row, place, at = current_user.row, place_here(), now()
    person, minutes = row.person, config().step_up_minutes
    factor = _enrolled()
    given = Given(form.code.data or "", form.passkey.data or "", site_here())
    abandon()
    try:
        with database().reading() as own:
            sign_ins.check_again(own, at, row, place)
            hashed = None if factor else passwords.hash_of(own, person)
        matched = not factor and passwords.matches(hashed, form.old.data or "")
    except Refusal as refusal:
        return refusal
    with database().transaction() as own:
        if factor:
            outcome = sign_ins.prove_by_factor(own, at, row, place, given)
        else:
            outcome = sign_ins.prove_again(own, at, row, place, matched=matched) or Method.PASSWORD
        if isinstance(outcome, Refusal):
            return outcome
        proof = step_ups.record(own, Actor.of(person, place.address), at, row, kind, outcome, minutes=minutes)
    g.pop("_login_user", None)  # flask-login's: the reader is loaded anew into the request's next transaction
    return proof


def _page(form: StepUpForm) -> str:
    enrolled = _enrolled()
    by_passkey = enrolled and site_here() is not None and bool(passkeys.in_use(db(), current_user.person.id))
    fields = request.form.items(multi=True)
    return render_template(
        "second_factors/step_up.html",
        form=form,
        action=request.full_path,
        fields=[(name, value) for name, value in fields if not name.startswith(_PREFIX)],
        files=any(one.filename for one in request.files.values()),
        enrolled=enrolled,
        passkey_url=url_for("step_up.passkey") if by_passkey else None,
        minutes=config().step_up_minutes,
        back_url=resuming.page(),
    )
