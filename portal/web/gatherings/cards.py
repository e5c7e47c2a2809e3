"""A guest's card, as he opens it from the text: what, when and where, his answer, and a QR code for the door.

It names nobody: who finds it learns that somebody is invited to an open day.
"""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from ...access.permissions import Permission
from ...access.policy import may
from ...models import GatheringGuest
from ...rules.gatherings.gathering import GatheringState
from ...services.gatherings import gatherings, guests
from ..edge import abandon, actor, config, db, form_page, now, refusing
from ..guard import public
from ..limits import limiter
from ..qr import qr_png
from .forms import AnswerForm
from .words import KINDS

bp = Blueprint("guest_cards", __name__)

PATH = "/card/"
"""What stands before the key in a card's address, which is what its QR code says."""


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.route(f"{PATH}<key>", methods=["GET", "POST"])
@public
@limiter.limit("20/minute", methods=["POST"])
def show(key: str) -> ResponseReturnValue:
    """What, when and where; coming with how many, or not."""
    guest, form = _guest(key), AnswerForm()
    coming = request.form.get("said") != "no"
    if form.is_submitted() and not coming:
        form.party.raw_data, form.party.data = ["1"], 1  # who does not come need not say with how many
    if form.validate_on_submit():
        with refusing(form):
            guests.answer(db(), now(), guest, (form.party.data or 1) if coming else 0)
            return redirect(url_for(".show", key=key), 303)
    if not form.is_submitted() and guest.party:
        form.party.data = guest.party
    gathering = guest.gathering
    state = gatherings.state_of(gathering, now())
    return form_page(
        "gatherings/card.html",
        form,
        guest=guest,
        gathering=gathering,
        kind=KINDS[gathering.kind],
        state=state,
        open=state is GatheringState.TO_COME and guest.arrived_at is None,
        left=gathering.places - gathering.taken + (guest.party or 0),
        moved=bool(gatherings.moves_of(db(), gathering)),
        host=current_user.is_authenticated and may(actor(), Permission.RECEIVE_GUESTS),
    )


@bp.get(f"{PATH}<key>.png")
@public
def picture(key: str) -> Response:
    """The QR code of the card."""
    guest = _guest(key)
    return qr_png(config().base_url.rstrip("/") + url_for(".show", key=guest.link_key))


@bp.errorhandler(429)
def too_often(_error: HTTPException) -> ResponseReturnValue:
    """Too many forms came from one place."""
    abandon()
    return render_template("errors/429.html"), 429


def _guest(key: str) -> GatheringGuest:
    guest = guests.by_key(db(), key)
    if guest is None:
        abort(404)
    return guest
