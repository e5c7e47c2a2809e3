"""A person's own second factors: adding one takes a minute."""

import base64
from collections.abc import Callable

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import Person
from ...services.second_factors import factors, passkeys
from ...services.second_factors.factors import Factor
from ..auth.passkey_site import site_here
from ..edge import actor, config, db, form_page, now, refusing
from ..guard import guard, must_have
from ..messages import say
from ..qr import qr_bytes
from ..words.devices import device_words
from .forms import AppForm, NameForm, PasskeyForm
from .holding import holder_here

bp = Blueprint("factors", __name__, url_prefix="/me/factors")

_MOST_DIGITS = 18
"""Of an id: what a database can hold."""


@bp.get("/")
@guard(Permission.OWN_PROFILE)
def index() -> ResponseReturnValue:
    """What the person proves himself by, and what can be added."""
    return _page(PasskeyForm(formdata=None, name=device_words(request.user_agent.string)))


def _page(form: PasskeyForm) -> ResponseReturnValue:
    return form_page(
        "second_factors/index.html",
        form,
        factors=factors.all_of(db(), current_user.person.id),
        codes_left=factors.recovery_codes_left(db(), current_user.person.id),
        passkey_url=url_for(".passkey_options") if site_here() else None,
        required=must_have(current_user.person),
        production=config().production,
    )


@bp.route("/apps/new", methods=["GET", "POST"])
@guard(Permission.OWN_PROFILE)
def new_app() -> ResponseReturnValue:
    """Add an app that shows codes: scan, or type, then type what it shows."""
    person, form = current_user.person, AppForm()
    secret = factors.unsealed(db(), person, form.secret.data or "") if form.is_submitted() else None
    if form.validate_on_submit() and secret is not None:
        with refusing(form):
            typed = {"digits": form.code.data, "name": form.name.data}
            factors.add_generator(db(), actor(), now(), _own(), secret=secret, **typed)
            return _added()
    secret = secret or factors.new_secret()
    form.secret.data = factors.sealed_for(db(), person, secret)
    if not form.is_submitted():
        form.name.data = _("My phone")
    address = factors.address_of(secret, person, _issuer())
    return form_page("second_factors/new_app.html", form, secret=secret, picture=_picture(address))


@bp.post("/passkeys/options")
@guard(Permission.OWN_PROFILE)
def passkey_options() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    site = site_here()
    if site is None:
        return jsonify(error="over"), 409
    return jsonify(passkeys.ask_to_add(db(), now(), current_user.person, holder_here(), site))


@bp.post("/passkeys/new")
@guard(Permission.OWN_PROFILE)
def new_passkey() -> ResponseReturnValue:
    """Keep the passkey that the device has made."""
    form, site = PasskeyForm(), site_here()
    if site is None:
        abort(409)
    if form.validate_on_submit():
        with refusing(form):
            given = {"answer": form.passkey.data or "", "name": form.name.data}
            factors.add_passkey(db(), actor(), now(), _own(), asked=(holder_here(), site), **given)
            return _added()
    return _page(form)


@bp.post("/recovery")
@guard(Permission.OWN_PROFILE)
def recovery() -> ResponseReturnValue:
    """Ten new recovery codes, shown this once."""
    if not factors.all_of(db(), current_user.person.id):
        return redirect(url_for(".index"), 303)
    return _codes()


@bp.post("/rename")
@guard(Permission.OWN_PROFILE)
def rename() -> Response:
    """Call a factor something else."""
    form = NameForm()
    if not form.validate_on_submit():
        flash(" ".join(str(error) for errors in form.errors.values() for error in errors), "danger")
        return redirect(url_for(".index"), 303)
    return _done(lambda factor: factors.rename(db(), actor(), now(), factor, form.name.data), _("Renamed."))


@bp.post("/remove")
@guard(Permission.OWN_PROFILE)
def remove() -> Response:
    """Take a factor away."""
    required = must_have(current_user.person)
    return _done(
        lambda factor: factors.remove(db(), actor(), now(), _own(), factor, required=required), _("It is removed.")
    )


def _done(deed: Callable[[Factor], None], words: str) -> Response:
    kind, _stroke, key = request.form.get("factor", "").partition(":")
    found = factors.own(db(), current_user.person.id, kind, int(key)) if _is_id(key) else None
    if found is None:
        abort(404)
    try:
        with db().begin_nested():
            deed(found)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(words, "success")
    return redirect(url_for(".index"), 303)


def _added() -> ResponseReturnValue:
    """After the first factor its owner gets the codes for the day on which the device is lost."""
    flash(_("It is added. From now on you are asked for it when you sign in."), "success")
    if factors.recovery_codes_left(db(), current_user.person.id) == 0:
        return _codes()
    return redirect(url_for(".index"), 303)


def _codes() -> str:
    codes = factors.issue_recovery_codes(db(), actor(), now(), _own())
    return render_template("second_factors/recovery.html", codes=codes)


def _own() -> Person:
    return db().get_one(Person, current_user.person.id)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _issuer() -> str:
    return config().brand_name


def _picture(text: str) -> str:
    """The QR code in the page itself: the secret stands in no address."""
    return f"data:image/png;base64,{base64.b64encode(qr_bytes(text)).decode()}"
