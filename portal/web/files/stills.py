"""A scanner's stills: where a browser reads no QR codes, the server reads them out of small pictures."""

from flask import Response, abort, jsonify, request
from flask_limiter.util import get_remote_address
from flask_login import current_user

from ...adapters.images.qr_reader import read_still
from ..edge import abandon

STILLS = "150 per minute"
"""A scanner sends two stills a second; the rest is for who stops and begins anew."""

LONGEST_TEXT = 200


def scanner() -> str:
    """Whose stills are counted: many may sit behind one address."""
    return f"scanner {get_remote_address()} {current_user.get_id()}"


def text_in_still() -> Response | tuple[str, int]:
    """What the sent still shows: the QR code's text, or 204 for nothing yet."""
    sent = request.files.get("photo")
    if sent is None:
        abort(400)
    abandon()  # nobody who writes waits for a picture
    found = read_still(sent.read())
    return ("", 204) if found is None else jsonify(text=found[:LONGEST_TEXT])
