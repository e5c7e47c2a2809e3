"""The public side of receipts: whoever is shown one can verify it, without an account (rules 2.7)."""

from flask import Blueprint, Response, abort, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from ...models import Receipt
from ...services.claims import receipts
from ..edge import config, db
from ..guard import public
from . import words

bp = Blueprint("receipts", __name__)


def public_address(receipt: Receipt) -> str:
    """The address that stands in the receipt's QR code."""
    return config().base_url.rstrip("/") + url_for("receipts.verify", key=receipt.key)


@bp.get("/v/<key>")
@public
def verify(key: str) -> ResponseReturnValue:
    """Whether the receipt is genuine, and what it says. It names no rival, and the client only masked."""
    return render_template("receipts/verify.html", checked=_checked(key), words=words)


@bp.get("/v/<key>.json")
@public
def verify_json(key: str) -> Response:
    """The text that was signed with signature and public key, to be verified without trusting this server."""
    return jsonify(receipts.proof(db(), _checked(key).receipt))


@bp.get("/.well-known/receipt-key")
@public
def public_key() -> Response:
    """The key that receipts are signed with, and the former ones, by their ids."""
    return jsonify(receipts.public_keys(db()))


def _checked(key: str) -> receipts.Checked:
    checked = receipts.verify(db(), key)
    if checked is None:
        abort(404)
    return checked
