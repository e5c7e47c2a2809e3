"""Stop (退订) without an account: a number, a code out of a text, and nobody calls any more.

No page here sets a cookie, and each says the same for every number.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from commissions.refusal import Refusal

from ...services.leads import opt_outs
from ..edge import abandon, config, db, form_page, now, refusing, send_texts_afterwards, show_refusal
from ..forms.public import NumberCodeForm, NumberForm
from ..guard import public
from ..language import choose
from ..limits import limiter, network

bp = Blueprint("opt_out", __name__, url_prefix="/stop")


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.route("/", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def begin() -> ResponseReturnValue:
    """The number that should not be called any more."""
    form = NumberForm()
    if form.validate_on_submit():
        with refusing(form):
            token = opt_outs.ask_code(db(), now(), form.phone.data or "", owner=_owner(), network=network())
            send_texts_afterwards()
            return redirect(url_for(".finish", token=token), 303)
    texts = config().texts(config().sms_number_template)
    return form_page("privacy/opt_out.html", form, texts=texts)


@bp.route("/code/<token>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def finish(token: str) -> ResponseReturnValue:
    """The code out of the text."""
    try:
        asked = opt_outs.asked_by(db(), now(), token)
    except Refusal:
        return redirect(url_for(".begin"), 303)
    form = NumberCodeForm()
    if form.validate_on_submit():
        refusal = opt_outs.stop_by_code(
            db(), now(), asked, code=form.code.data or "", owner=_owner(), address=request.remote_addr
        )
        if refusal is None:
            return redirect(url_for(".done"), 303)
        show_refusal(form, refusal)
    return form_page("privacy/opt_out_code.html", form, asked=asked)


@bp.get("/done")
@public
def done() -> str:
    """Nobody calls any more."""
    return render_template("privacy/opt_out_done.html")


@bp.errorhandler(429)
def too_often(_error: HTTPException) -> ResponseReturnValue:
    """Too many forms came from one place."""
    abandon()
    return render_template("errors/429.html"), 429


def _owner() -> str:
    return config().brand_name_zh if choose() == "zh_Hans_CN" else config().brand_name
