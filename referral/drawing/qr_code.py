"""The QR code of a link as a pattern: error correction H, so that a mark may stand in its middle (rules 7.1)."""

from functools import lru_cache

import qrcode

QUIET = 4
"""The standard's quiet zone in modules, on each side."""

_MARK_PERCENT = 20  # of the symbol's side; level H stands 22
_MIN_MODULE_PX = 4


@lru_cache(maxsize=256)
def pattern(url: str) -> tuple[tuple[bool, ...], ...]:
    """The symbol's rows, dark is True; without its quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_H, border=0)
    code.add_data(url)
    code.make(fit=True)
    return tuple(tuple(bool(cell) for cell in row) for row in code.get_matrix())


def module_px(url: str, side: int) -> int:
    """How many whole pixels a module gets in a square of this side. Raises ValueError for a link too long to scan."""
    module = side // (len(pattern(url)) + 2 * QUIET)
    if module < _MIN_MODULE_PX:
        raise ValueError(f"the link is too long to scan: {len(url)} letters")
    return module


def mark_side(symbol: int) -> int:
    """How wide the mark in the middle may be, its white edge counted in."""
    return symbol * _MARK_PERCENT // 100
