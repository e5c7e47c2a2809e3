"""Colours of a poster: #rrggbb in, #rrggbb out, and always legible.

An owner's brand colour may be any; the poster's words must be legible on all of them.
"""

import colorsys
import re

_COLOUR = re.compile("#[0-9A-Fa-f]{6}")
_READS, _READS_WELL = 4.5, 7.0
_MIDDLE = 0.18  # the luminance between papers for dark ink and for light
_COLOURFUL, _MOST_COLOURFUL = 0.12, 0.6
_MIXED = re.compile(r"(\w+) (\d{1,3})% (\w+)")


def readable(colour: str, paper: str) -> str:
    """The colour, if it reads on the paper (WCAG 2.2 AA: 4.5 to 1); else nearly black or white, of its own hue.

    Half way to black a bright colour is mud. So what does not read becomes an ink at 7 to 1, or as near as the paper
    lets it; of a colour without a hue it takes the paper's.
    """
    if contrast(colour, paper) >= _READS:
        return colour
    hue, _lightness, colourful = _hls(colour)
    if colourful < _COLOURFUL:
        hue, _lightness, colourful = _hls(paper)
    dark = _luminance(paper) > _MIDDLE
    for step in range(12):
        lightness = 0.2 - step * 0.018 if dark else 0.86 + step * 0.012
        shade = _of_hls(hue, lightness, min(colourful, _MOST_COLOURFUL))
        if contrast(shade, paper) >= _READS_WELL:
            return shade
    return "#000000" if dark else "#ffffff"


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


def _hls(colour: str) -> tuple[float, float, float]:
    red, green, blue = (part / 255 for part in rgb(colour))
    return colorsys.rgb_to_hls(red, green, blue)


def _of_hls(hue: float, lightness: float, saturation: float) -> str:
    parts = colorsys.hls_to_rgb(hue, max(0.0, min(1.0, lightness)), saturation)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _luminance(colour: str) -> float:
    red, green, blue = (part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
