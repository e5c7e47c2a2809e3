"""Chinese type for documents: just the signs that a document needs, out of one large variable font.

A PDF may not hold a variable font, and the whole font is 30 MB. So the outlines of the wanted signs are drawn at one
weight and put into a small TrueType font of their own: some hundred signs are 100 kB, made in under a second the
first time and at once when the process knows the signs already.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from threading import Lock
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

REGULAR, BOLD = 400, 700

_SIMPLIFIED = 2  # the face of the font collection with mainland Chinese forms
_UNITS = 1000  # an em
_ASCENT, _DESCENT = 880, -120
_MISSING = ".notdef"


@dataclass(frozen=True, slots=True)
class Typeface:
    """A TrueType font with some signs, and how wide each of them is in thousandths of an em."""

    content: bytes
    widths: Mapping[str, int]

    def width(self, text: str, size: float) -> float:
        """How wide a text is, in the unit of `size`."""
        missing = self.widths[_MISSING]
        return sum(self.widths.get(sign, missing) for sign in text) * size / _UNITS


@dataclass(frozen=True, slots=True)
class _Sign:
    glyph: Any
    width: int


def typeface(weight: int, signs: Iterable[str]) -> Typeface:
    """The typeface of a weight with these signs; one that the font lacks is shown as its empty box."""
    drawn = _drawn(weight, frozenset(signs))
    builder = FontBuilder(_UNITS, isTTF=True)
    names = {sign: _MISSING if sign == _MISSING else f"u{ord(sign):X}" for sign in drawn}
    builder.setupGlyphOrder(list(names.values()))
    builder.setupCharacterMap({ord(sign): name for sign, name in names.items() if name != _MISSING})
    builder.setupGlyf({names[sign]: one.glyph for sign, one in drawn.items()})
    sides = {sign: getattr(one.glyph, "xMin", 0) for sign, one in drawn.items()}
    builder.setupHorizontalMetrics({names[sign]: (one.width, sides[sign]) for sign, one in drawn.items()})
    builder.setupHorizontalHeader(ascent=_ASCENT, descent=_DESCENT)
    builder.setupNameTable({"familyName": "Noto Sans SC", "styleName": str(weight), "psName": f"NotoSansSC-{weight}"})
    builder.setupOS2(sTypoAscender=_ASCENT, sTypoDescender=_DESCENT, usWeightClass=weight)
    builder.setupPost()
    file = BytesIO()
    builder.save(file)
    return Typeface(file.getvalue(), {sign: one.width for sign, one in drawn.items()})


_lock = Lock()


@cache
def _known(_weight: int) -> dict[str, _Sign | None]:
    """The signs of a weight that this process has drawn already; None for one that the font lacks."""
    return {}


def _drawn(weight: int, signs: frozenset[str]) -> dict[str, _Sign]:
    with _lock:
        known = _known(weight)
        missing = {_MISSING, *signs} - known.keys()
        if missing:
            known.update(_draw(weight, missing))
        found = {sign: known[sign] for sign in (_MISSING, *sorted(signs))}
    return {sign: one for sign, one in found.items() if one is not None}


def opened_font() -> TTFont:
    """The font with all signs; half a second goes into finding them."""
    return TTFont(str(files("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc"), fontNumber=_SIMPLIFIED, lazy=True)


def _draw(weight: int, signs: Iterable[str]) -> dict[str, _Sign | None]:
    """The outlines of signs; the font is opened for it and let go again, so that no process keeps 30 MB."""
    drawn: dict[str, _Sign | None] = {}
    with opened_font() as font:
        by_code, glyphs = font.getBestCmap(), font.getGlyphSet(location={"wght": weight})
        for sign in signs:
            name = _MISSING if sign == _MISSING else by_code.get(ord(sign))
            if name is None:
                drawn[sign] = None
                continue
            pen = TTGlyphPen(None)
            glyphs[name].draw(Cu2QuPen(pen, max_err=1, reverse_direction=True))
            drawn[sign] = _Sign(pen.glyph(), round(glyphs[name].width))
    return drawn
