"""Noto Sans CJK (Open Font License), which comes with its own package: typefaces, what they can draw, and how wide.

It has Chinese with rare characters, Latin with the marks of Vietnamese, Greek, Cyrillic, Japanese and Korean. It has no
emoji, no other scripts and few letters of Central Europe: what it lacks would be drawn as a crossed box, so it is
written plainly or left out before anything is set.
"""

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from fontTools.ttLib import TTFont
from PIL import ImageFont

from referral.drawing.typeset import Measure, clean

EM_ABOVE_BASELINE = 0.88  # of a Chinese character

_WITHOUT_STROKE = {"Ł": "L", "ł": "l", "Ħ": "H", "ħ": "h", "Ŧ": "T", "ŧ": "t", "ı": "i", "ȷ": "j", "Ŋ": "N", "ŋ": "n"}
"""Letters that no rule of Unicode takes apart."""

_SIMPLIFIED = 2  # the face of the font collection with mainland Chinese forms


@cache
def _font_path() -> str:
    return str(files("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc")


@cache
def typeface(size: int, weight: int) -> ImageFont.FreeTypeFont:
    """Noto Sans in a size (px) and a weight (100 to 900), with mainland Chinese forms."""
    font = ImageFont.truetype(_font_path(), size, index=_SIMPLIFIED)
    font.set_variation_by_axes([weight])
    return font


def drawable(text: str) -> str:
    """The text as it is drawn: cleaned, and each sign that the typeface lacks by its plain letter, or left out.

    Ž becomes Z, a letter of fancy type an ordinary one, an emoji nothing. The text may become empty.
    """
    text = clean(text)
    while not all(map(_has, text)):
        text = clean("".join(sign if _has(sign) else _plain(sign) for sign in text))
    return text


def lacking(text: str) -> str:
    """The signs of a text that cannot be drawn as they are, each once; a mark stands on a dotted circle."""
    missing = dict.fromkeys(sign for sign in clean(text) if not _has(sign) and not _picks_a_form(sign))
    return "".join("◌" + sign if unicodedata.category(sign)[0] == "M" else sign for sign in missing)


def _has(sign: str) -> bool:
    return sign == "\n" or ord(sign) in _signs()


def _plain(sign: str) -> str:
    """The letters and digits that are meant by a sign which the typeface lacks."""
    parts = unicodedata.normalize("NFKD", _WITHOUT_STROKE.get(sign, sign))
    return "".join(part for part in parts if _has(part) and unicodedata.category(part)[0] in "LN")


def _picks_a_form(sign: str) -> bool:
    """Whether it only says how the sign before it is to look (variation selectors, colours of skin)."""
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef" or "\U0001f3fb" <= sign <= "\U0001f3ff"


@cache
def _signs() -> frozenset[int]:
    """The code points that the font has; it takes a sixth of a second."""
    with TTFont(_font_path(), fontNumber=_SIMPLIFIED, lazy=True) as font:
        return frozenset(font["cmap"].getBestCmap())


@lru_cache(maxsize=50_000)
def _advance(sign: str, size: int, weight: int) -> float:
    return typeface(size, weight).getlength(sign)


def measure(size: int, weight: int, tracking: float = 0.0) -> Measure:
    """How wide a text is, sign by sign, each with ``tracking`` behind it: never less than drawn, as kerning only draws
    letters together."""
    return lambda text: sum(_advance(sign, size, weight) + tracking for sign in text)
