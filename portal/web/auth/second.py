"""The second step of signing in: a passkey, the app's six digits, or a recovery code. Until then nothing is open."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import HalfSignIn
from ...services.account_safety import factor_resets
from ...services.accounts import sign_in as sign_ins
from ...services.second_factors import halves, passkeys
from ...services.second_factors.halves import HalfSecret
from ..edge import config, db, form_page, now, show_refusal
from ..guard import public
from ..language.routes import local
from ..limits import limiter
from . import resuming
from .arriving import onward, tell_what_was_done
from .factor_forms import ProofForm, given_in
from .passkey_site import site_here
from .proving import place_here
from .signed_in import enter

bp = Blueprint("second_factor", __name__)

_HALF = "half"
_PER_ADDRESS = "30 per minute"
_PER_ADDRESS_LOST = "20 per hour"


def hold(half: HalfSecret) -> None:
    """Hand a half sign-in to the browser."""
    cookie[_HALF] = half.secret


def enter_half(half: HalfSecret) -> tuple[str, int]:
    """Hand a half sign-in to the browser, and show the page that asks for the rest."""
    db().flush()
    hold(half)
    row = halves.find(db(), now(), half.secret)
    assert row is not None  # it was begun just now
    return _page(ProofForm(formdata=None), row)


@bp.route("/sign-in/second", methods=["GET", "POST"])
@public
@limiter.limit(_PER_ADDRESS, methods=["POST"])
def ask() -> ResponseReturnValue:
    """Prove the second factor; then on to where one wanted to go."""
    address = local(request.args.get("next")) or url_for("home.index")
    if current_user.is_authenticated:
        return redirect(address)
    half = _half()
    if half is None:
        return _from_the_beginning()
    form = ProofForm()
    if form.validate_on_submit():
        outcome = sign_ins.finish(db(), now(), half, place_here(), given=given_in(form), days=config().session_days)
        if not isinstance(outcome, Refusal):
            enter(outcome)
            tell_what_was_done()
            return onward(address)
        if outcome.code == "half_over":
            return _from_the_beginning()
        show_refusal(form, outcome)
    return _page(form, half)


@bp.route("/sign-in/second/lost", methods=["GET", "POST"])
@public
@limiter.limit(_PER_ADDRESS_LOST, methods=["POST"])
def lost() -> ResponseReturnValue:
    """Say that every second factor is lost; the answer is the same whatever is known already."""
    half = _half()
    if half is None:
        return _from_the_beginning()
    form = FlaskForm()
    if form.validate_on_submit():
        factor_resets.ask(db(), Actor.of(half.person, place_here().address), now(), half.person)
        return redirect(url_for(".lost", said="yes"), 303)
    return render_template("auth/lost.html", form=form, said="said" in request.args)


@bp.post("/sign-in/second/passkey")
@public
@limiter.limit(_PER_ADDRESS)
def passkey() -> ResponseReturnValue:
    """What the browser needs to let a passkey sign."""
    half, site = _half(), site_here()
    if half is None or site is None:
        return jsonify(error="over"), 409
    return jsonify(passkeys.ask_to_prove(db(), now(), half.person, halves.holder_of(half), site))


def _half() -> HalfSignIn | None:
    secret = cookie.get(_HALF)
    return halves.find(db(), now(), str(secret)) if secret else None


def _from_the_beginning() -> ResponseReturnValue:
    cookie.pop(_HALF, None)
    flash(_("This took too long. Sign in from the beginning."), "info")
    return redirect(url_for("auth.sign_in", next=local(request.args.get("next"))))


def _page(form: ProofForm, half: HalfSignIn) -> tuple[str, int]:
    by_passkey = site_here() is not None and bool(passkeys.in_use(db(), half.person_id))
    return form_page(
        "auth/second.html",
        form,
        action=url_for("second_factor.ask", next=local(request.args.get("next"))),
        passkey_url=url_for("second_factor.passkey") if by_passkey else None,
        resume=request.form.get(resuming.FIELD),
    )
