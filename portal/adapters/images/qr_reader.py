"""Reading a QR code out of a photo, for browsers that cannot do it themselves."""

from __future__ import annotations

from collections.abc import Sequence

import zxingcpp
from PIL import Image

from . import photos

_STILL_BYTES = 1_000_000
_STILL_SIDE = 900
_SIDE = 1600
"""Pixels: enough for a code that is far away in the picture."""


def read_qr(data: bytes) -> str | None:
    """The text of the QR code in a photo, or None. Raises Refusal: those of `photos.take_in`."""
    return _read(data, photos.MAX_BYTES, _SIDE)


def read_still(data: bytes) -> str | None:
    """The same for one of the many small stills that a scanner sends."""
    return _read(data, _STILL_BYTES, _STILL_SIDE)


def read_drawn(image: Image.Image) -> str | None:
    """The text of the QR code in a picture of our own making, or None: it is taken as it is."""
    found = zxingcpp.read_barcode(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return found.text if found is not None else None


def read_in_child(data: bytes, *, max_pixels: int, max_side: int) -> tuple[str | None, Sequence[bytes]]:
    """The child's part: decode it and look for the code."""
    image, _camera_time = photos.decode(data, max_pixels, max_side)
    return read_drawn(image), ()


def _read(data: bytes, max_bytes: int, max_side: int) -> str | None:
    text: str | None
    text, _ = photos.in_child("qr", data, max_bytes=max_bytes, max_pixels=photos.MAX_PIXELS, max_side=max_side)
    return text
