"""The pass of a booked visit, as the client opens it from the text: when, where, and a QR code for the gate.

It names neither client nor broker: who finds it learns that somebody visits a show flat.
"""

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ...access.permissions import Permission
from ...access.policy import may
from ...models import SlotBooking
from ...rules.slots.slot import BookingState
from ...services.slots import lists, passes
from ..edge import actor, config, db, now
from ..guard import public
from ..qr import qr_png

bp = Blueprint("slot_passes", __name__)

PATH = "/pass/"
"""What stands before the key in a pass's address, which is what its QR code says."""


def public_address(booking: SlotBooking) -> str:
    """The address that stands in the pass's QR code."""
    return config().base_url.rstrip("/") + url_for("slot_passes.show", key=booking.pass_key)


@bp.get(f"{PATH}<key>")
@public
def show(key: str) -> ResponseReturnValue:
    """When and where; one that was moved or called off says so."""
    booking = _found(key)
    host = current_user.is_authenticated and may(actor(), Permission.HOST_CHECK_IN)
    return render_template(
        "slots/pass.html",
        booking=booking,
        development=booking.development,
        ended=lists.shown(db(), now(), booking).state is BookingState.ENDED,
        over=booking.ends_at <= now(),
        host=host,
    )


@bp.get(f"{PATH}<key>.png")
@public
def picture(key: str) -> Response:
    """The QR code of the pass."""
    return qr_png(public_address(_found(key)))


def _found(key: str) -> SlotBooking:
    booking = passes.by_key(db(), key)
    if booking is None:
        abort(404)
    return booking
