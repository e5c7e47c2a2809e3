"""The client's own page: what is stored of a face, and one button that erases it (rules 3.2, 3.5).

Like a poster's landing page it sets no cookie and asks for no account: the link is the client's proof.
"""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.permissions import Permission
from ...models import Client, Showing, Way
from ...services.privacy import withdrawals
from ..edge import actor, config, db, files, load, now
from ..forms.public import PublicForm
from ..guard import guard, public
from ..limits import limiter
from ..qr import qr_png

bp = Blueprint("withdrawals", __name__)


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.get("/w/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """What is stored, or when it was erased."""
    client = _client(token)
    return render_template(
        "withdrawals/show.html",
        kept=withdrawals.kept(db(), client.id),
        ended=withdrawals.withdrawn_at(db(), client.id),
        form=PublicForm(formdata=None),
    )


@bp.post("/w/<token>")
@public
@limiter.limit("10/minute")
def withdraw(token: str) -> ResponseReturnValue:
    """Take the consent back: everything of the face is erased at once."""
    client = _client(token)
    if PublicForm().validate_on_submit():
        by = Actor(None, None, address=request.remote_addr)
        withdrawals.withdraw_face_consent(db(), now(), client.id, None, files(), by=by)
    return redirect(url_for(".show", token=token), 303)


@bp.get("/showings/<int:showing_id>/withdrawal.png")
@guard(Permission.READ_SHOWINGS)
def picture(showing_id: int) -> Response:
    """The link as a QR code, for the client to scan at reception."""
    address = address_of(load(Showing, showing_id))
    if address is None:
        abort(404)
    return qr_png(address)


def address_of(showing: Showing) -> str | None:
    """The client's link after a check-in with a photo, for reception to show to the client. None where there is nothing
    to take back, and for a broker: he could erase the picture that a review will look at."""
    client_id = showing.touch.whose
    if not actor().staff or showing.way is not Way.FACE or withdrawals.standing_consent(db(), client_id) is None:
        return None
    return config().base_url.rstrip("/") + url_for("withdrawals.show", token=token_for(client_id))


def token_for(client_id: int) -> str:
    """What stands in the client's link."""
    return withdrawals.token_for(client_id, config().secret_key.encode())


def _client(token: str) -> Client:
    try:
        return withdrawals.client_of(db(), token, config().secret_key.encode(), now())
    except Refusal:
        abort(404)
