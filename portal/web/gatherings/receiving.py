"""At the door: the guest's card is scanned, or found in the list, and he is let in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.scope import find
from ...models import GatheringGuest
from ...services.gatherings import guests
from ...services.vouchers import vouchers
from ..edge import actor, config, db, load, now
from ..files.stills import STILLS, scanner, text_in_still
from ..guard import guard
from ..limits import limiter
from ..messages import say
from .cards import PATH

bp = Blueprint("receiving", __name__, url_prefix="/gatherings")


@bp.get("/guests/<int:guest_id>")
@guard(Permission.RECEIVE_GUESTS)
def show(guest_id: int) -> str:
    """One guest, as the card leads to him."""
    guest = load(GatheringGuest, guest_id)
    return render_template(
        "gatherings/guest.html",
        guest=guest,
        gathering=guest.gathering,
        row=guests.shown(db(), now(), [guest])[0],
        gifts=[(one, vouchers.qr_text(db(), one)) for one in guests.gifts_of(db(), guest)],
    )


@bp.post("/guests/<int:guest_id>/received")
@guard(Permission.RECEIVE_GUESTS)
def receive(guest_id: int) -> ResponseReturnValue:
    """The guest is there."""
    guest = load(GatheringGuest, guest_id)
    try:
        given = guests.receive(db(), actor(), now(), guest)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(_("Welcome. The gift stands below.") if given else _("Welcome."), "success")
    return redirect(url_for(".show", guest_id=guest_id), 303)


@bp.get("/find")
@guard(Permission.RECEIVE_GUESTS)
def look_up() -> ResponseReturnValue:
    """The guest whose card was scanned."""
    before, path, key = request.args.get("q", "").strip().partition(PATH)
    card = guests.by_key(db(), key) if path and before == config().base_url.rstrip("/") else None
    guest = find(db(), actor(), GatheringGuest, card.id) if card is not None else None
    if guest is None:
        flash(_("This is no card of a guest. Find the guest in the list."), "info")
        return redirect(url_for("gatherings.index"), 303)
    return redirect(url_for(".show", guest_id=guest.id), 303)


@bp.post("/still")
@guard(Permission.RECEIVE_GUESTS)
@limiter.limit(STILLS, key_func=scanner)
def still() -> ResponseReturnValue:
    """What a still of the door's scanner shows."""
    return text_in_still()
