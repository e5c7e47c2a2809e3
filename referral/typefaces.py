"""Noto Sans CJK (Open Font License), which comes with its own package: typefaces and how wide a text is in them."""

from functools import cache, lru_cache
from importlib.resources import files

from PIL import ImageFont

from referral.typeset import Measure

EM_ABOVE_BASELINE = 0.88  # of a Chinese character

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


@lru_cache(maxsize=50_000)
def _advance(sign: str, size: int, weight: int) -> float:
    return typeface(size, weight).getlength(sign)


def measure(size: int, weight: int) -> Measure:
    """How wide a text is, sign by sign: never less than drawn, as kerning only draws letters together."""
    return lambda text: sum(_advance(sign, size, weight) for sign in text)
