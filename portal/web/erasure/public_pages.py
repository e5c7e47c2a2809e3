"""Asking for erasure without an account, and the page on which everybody reads what became of it.

No page here sets a cookie, and until the code is typed each says the same for every number.
"""

from datetime import datetime

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from commissions.refusal import Refusal

from ...models import ErasureRequest
from ...services.erasure import asking, proofs, requests
from ..edge import abandon, config, db, form_page, now, refusing, send_texts_afterwards, show_refusal
from ..forms.public import NumberCodeForm, NumberForm
from ..guard import public
from ..limits import limiter, network
from ..words.erasure import GONE, GROUNDS
from .routes import owner_name

bp = Blueprint("erasure_page", __name__, url_prefix="/erase")


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.route("/", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def begin() -> ResponseReturnValue:
    """The number whose data should go."""
    form = NumberForm()
    if form.validate_on_submit():
        with refusing(form):
            token = asking.ask_code(db(), now(), form.phone.data or "", owner=owner_name(), network=network())
            send_texts_afterwards()
            return redirect(url_for(".finish", token=token), 303)
    texts = config().texts(config().sms_number_template)
    return form_page("erasure/begin.html", form, texts=texts, contact=config().privacy_contact)


@bp.route("/code/<token>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def finish(token: str) -> ResponseReturnValue:
    """The code out of the text; behind it what is true of the number."""
    try:
        asked = asking.asked_by(db(), now(), token)
    except Refusal:
        return redirect(url_for(".begin"), 303)
    form = NumberCodeForm()
    if form.validate_on_submit():
        taken = asking.take_by_code(
            db(), now(), asked, code=form.code.data or "", owner=owner_name(), address=request.remote_addr
        )
        if not isinstance(taken, Refusal):
            return render_template("erasure/taken.html", taken=taken, contact=config().privacy_contact)
        show_refusal(form, taken)
    return form_page("erasure/code.html", form, asked=asked, contact=config().privacy_contact)


@bp.get("/r/<key>")
@public
def result(key: str) -> ResponseReturnValue:
    """What became of a request, with its proofs. It names nobody."""
    row = _load(key)
    listed = [(one, proofs.holds_good(db(), row, one)) for one in proofs.of_request(db(), row)]
    return render_template(
        "erasure/result.html",
        row=row,
        proofs=listed,
        why_not=requests.refused_because(db(), row),
        words={"gone": GONE, "grounds": GROUNDS},
        contact=config().privacy_contact,
        instant_of=datetime.fromisoformat,
    )


@bp.get("/r/<key>.json")
@public
def result_json(key: str) -> Response:
    """The texts that were signed with their signatures, to be verified without trusting this server."""
    row = _load(key)
    return jsonify([proofs.as_json(row, one) for one in proofs.of_request(db(), row)])


@bp.errorhandler(429)
def too_often(_error: HTTPException) -> ResponseReturnValue:
    """Too many forms came from one place."""
    abandon()
    return render_template("errors/429.html"), 429


def _load(key: str) -> ErasureRequest:
    row = requests.by_key(db(), key)
    if row is None:
        abort(404)
    return row
