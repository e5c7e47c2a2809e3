"""Reading a QR code out of a photo, for browsers that cannot do it themselves."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import zxingcpp
from PIL import Image

from . import photos

_MAX_BYTES = 12_000_000
_MAX_PIXELS = 40_000_000
_STILL_BYTES = 1_000_000
_STILL_SIDES = (900,)
_SIDES = (1600, 900)
"""A code that fills the picture is found better when the picture is small, one far away when it is large."""


def read_qr(data: bytes) -> str | None:
    """The text of the QR code in a photo, or None. Raises Refusal: those of `photos.take_in`."""
    return _read(data, _MAX_BYTES, _SIDES)


def read_still(data: bytes) -> str | None:
    """The same for one of the many small stills that a scanner sends: looked at once, the next one comes anyway."""
    return _read(data, _STILL_BYTES, _STILL_SIDES)


def read_drawn(image: Image.Image) -> str | None:
    """The text of the QR code in a picture of our own making, or None: it is taken as it is."""
    found = zxingcpp.read_barcode(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return found.text if found is not None else None


def _read(data: bytes, max_bytes: int, sides: Sequence[int]) -> str | None:
    for side in sides:
        photo = photos.take_in(data, max_bytes=max_bytes, max_pixels=_MAX_PIXELS, max_side=side)
        grey = cv2.cvtColor(np.ascontiguousarray(photo.rgb), cv2.COLOR_RGB2GRAY)
        for picture in (grey, cv2.copyMakeBorder(grey, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)):
            text, _corners, _straight = cv2.QRCodeDetector().detectAndDecode(picture)
            if text:
                return str(text)
    return None
