"""QR codes for screens, as PNG."""

import io

import qrcode
from flask import Response

_PIXELS = 12
_QUIET = 4  # modules of white around it, as the standard asks


def qr_png(text: str) -> Response:
    """A picture of the text that a phone can scan off another screen."""
    return Response(qr_bytes(text), mimetype="image/png")


def qr_bytes(text: str) -> bytes:
    """The same as a file."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=_PIXELS, border=_QUIET)
    code.add_data(text)
    file = io.BytesIO()
    code.make_image().save(file, format="PNG")
    return file.getvalue()
