"""A voucher on its owner's phone: the referrer's own, and a gift that belongs to whoever has its link.

A gift's link is what its QR code says: our signature is in it, so nobody can guess one.
"""

from urllib.parse import urljoin

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.scope import visible
from ...models import Voucher
from ...services.vouchers import vouchers
from ..edge import actor, config, db, load, now
from ..guard import guard, public
from ..qr import qr_png
from ..words import vouchers as words

bp = Blueprint("my_vouchers", __name__)


@bp.get("/my-vouchers")
@guard(Permission.OWN_REWARDS)
def index() -> ResponseReturnValue:
    """My vouchers, what can be redeemed first."""
    rows = vouchers.of_holder(db(), visible(actor(), Voucher))
    return render_template(
        "vouchers/own.html", rows=rows, standing=lambda row: vouchers.standing(row, now()), now=now(), words=words
    )


@bp.get("/my-vouchers/<int:voucher_id>")
@guard(Permission.OWN_REWARDS)
def show(voucher_id: int) -> ResponseReturnValue:
    """One of them, to be shown at the desk."""
    row = load(Voucher, voucher_id)
    return render_template(
        "vouchers/card.html", voucher=row, stands=vouchers.standing(row, now()), now=now(), words=words
    )


@bp.get("/my-vouchers/<int:voucher_id>.png")
@guard(Permission.OWN_REWARDS)
def picture(voucher_id: int) -> Response:
    """Its QR code."""
    return qr_png(vouchers.qr_text(db(), load(Voucher, voucher_id)))


@bp.get("/gift/<token>")
@public
def gift(token: str) -> ResponseReturnValue:
    """A gift, to be shown at the desk by whoever has the link."""
    row = _gift(token)
    return render_template(
        "vouchers/gift.html", voucher=row, token=token, stands=vouchers.standing(row, now()), now=now(), words=words
    )


@bp.get("/gift/<token>.png")
@public
def gift_picture(token: str) -> Response:
    """A gift's QR code."""
    return qr_png(vouchers.qr_text(db(), _gift(token)))


@bp.get("/gift/<token>/link.png")
@public
def gift_link_picture(token: str) -> Response:
    """A QR code that leads to the gift's page: the visitor takes it along on a phone."""
    _gift(token)
    return qr_png(urljoin(config().base_url, url_for(".gift", token=token)))


def _gift(token: str) -> Voucher:
    """The gift of a link; 404 for a link that we did not sign, and for a voucher that is somebody's."""
    try:
        row, scanned = vouchers.by_text(db(), token)
    except Refusal:
        abort(404)
    if scanned.signature is None or row.holder_id is not None:
        abort(404)
    return row
