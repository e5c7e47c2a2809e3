"""Colours of a poster: #rrggbb in, #rrggbb out, and always legible.

An owner's brand colour may be any; the poster's words must be legible on all of them.
"""

import re

_COLOUR = re.compile("#[0-9A-Fa-f]{6}")
_MIXED = re.compile(r"(\w+) (\d{1,3})% (\w+)")


def readable(colour: str, paper: str, contrast_tenths: int = 45) -> str:
    """The colour, moved towards black or white until it reads on the paper (WCAG 2.2 AA: 4.5 to 1)."""
    ink = "#000000" if _luminance(paper) > 0.18 else "#ffffff"
    for share in range(0, 101, 10):
        shade = mix(colour, ink, share)
        if contrast(shade, paper) * 10 >= contrast_tenths:
            return shade
    return ink


def mix(one: str, other: str, percent: int) -> str:
    """``one`` with so many per cent of ``other``; colours are #rrggbb."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{(a * (100 - percent) + b * percent) // 100:02x}" for a, b in pairs)


def rgb(colour: str) -> tuple[int, int, int]:
    """Raises ValueError for anything but #rrggbb."""
    if not is_colour(colour):
        raise ValueError(f"not a colour: {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def is_colour(text: str) -> bool:
    """Whether it is #rrggbb."""
    return _COLOUR.fullmatch(text) is not None


def parts_of(text: str) -> tuple[str, int, str] | None:
    """A mixture such as ``primary 12% paper``: twelve parts of the first in the second, by name; None if it is none."""
    found = _MIXED.fullmatch(text)
    if found is None or int(found[2]) > 100:
        return None
    return found[1], int(found[2]), found[3]


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
