"""The stand-in of an agency's receiver in development: what came, whether its signature holds, how it answers."""

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from commissions.refusal import Refusal

from ...adapters.webhooks.local import FOLDER, LocalReceiver, Manner
from ...clock import Clock
from ...rules.webhooks.signing import checked_secret
from ..edge import config, senders
from ..guard import public
from ..limits import limiter
from ..messages import say

bp = Blueprint("webhook_stand_in", __name__, url_prefix="/dev/webhooks")

MANNERS = {
    Manner.TAKES: _l("Takes what comes (200)"),
    Manner.FAILS: _l("Fails (500)"),
    Manner.GONE: _l("Is gone for good (410)"),
}
_ON_ITS_WAY = 2.0
"""Seconds: what was told on the page before is found here."""
_MOST_BYTES = 64 * 1024


@bp.record_once
def _without_token(state: BlueprintSetupState) -> None:
    """A sender has no form of ours; it shows its signature."""
    state.app.extensions["csrf"].exempt(f"{__name__}.receive")


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """What came, the latest first."""
    receiver = _stand_in()
    for one in senders().values():
        one.settle(_ON_ITS_WAY)
    address = url_for(".receive", _external=True)
    return render_template(
        "webhooks/stand_in.html", came=receiver.came(), manner=receiver.manner, manners=MANNERS, address=address
    )


@bp.post("/receive")
@public
@limiter.limit("6000/minute")
def receive() -> ResponseReturnValue:
    """Take what comes, as an agency's system would."""
    receiver = _stand_in()
    if (request.content_length or 0) > _MOST_BYTES:
        abort(413)
    body = request.get_data(as_text=True)
    status = receiver.take(dict(request.headers), body)
    return Response('{"received":true}\n', status, mimetype="application/json")


@bp.post("/manner")
@public
@limiter.limit("60/minute")
def behave() -> ResponseReturnValue:
    """Answer in another way."""
    word = request.form.get("manner", "")
    if word not in set(Manner):
        abort(404)
    _stand_in().behave(Manner(word))
    return redirect(url_for(".index"), 303)


@bp.post("/secret")
@public
@limiter.limit("60/minute")
def know() -> ResponseReturnValue:
    """Verify by another secret too."""
    receiver = _stand_in()
    try:
        receiver.know(checked_secret(request.form.get("secret", "").strip()))
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(_("From now on what is signed by it is told apart."), "success")
    return redirect(url_for(".index"), 303)


def _stand_in() -> LocalReceiver:
    if config().production or not config().webhook_loopback:
        abort(404)
    clock: Clock = current_app.extensions["clock"]
    return LocalReceiver(config().data_dir / FOLDER, clock)
