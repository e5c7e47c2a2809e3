"""The picture beside a shared link: 1200×630, as messengers show it, without a code to scan.

It is a development's and says nothing of the referrer, so one picture serves all links to it.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from referral.colours import mix, readable
from referral.designs import skyline
from referral.typefaces import EM_ABOVE_BASELINE, measure, typeface
from referral.typeset import clean, cut

SIZE = (1200, 630)

_VIEW = (600, 630)
_PAPER, _INK, _MUTED, _GLOW = "#f7f3ec", "#1b2430", "#55616f", "#b8862f"
_LEFT, _WIDTH = 64, 488
_INVITES = {"zh": "朋友邀请你来看房", "en": "A friend invites you"}


@dataclass(frozen=True, slots=True)
class CardValues:
    """What a card says. ``picture`` is the development's, as bytes of a JPEG, PNG or WebP file."""

    development: str
    headline: str
    place: str
    brand: str
    colour: str
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    """A text: its size and weight, the room above it, its colour, and the most lines."""

    words: str
    gap: int
    size: int
    weight: int
    colour: str
    lines: int = 1


def draw(values: CardValues, lang: str) -> bytes:
    """The card as a PNG file. ``lang`` is ``zh`` or ``en``. Raises KeyError for another."""
    image = Image.new("RGB", SIZE, _PAPER)
    image.paste(_view(values), (SIZE[0] - _VIEW[0], 0))
    image.paste(values.colour, (_LEFT, 64, _LEFT + 56, 70))
    primary = readable(values.colour, _PAPER)
    level = 88
    for text in (
        _Text(_INVITES[lang], 0, 28, 400, primary),
        _Text(values.development, 20, 60, 700, _INK, 2),
        _Text(values.headline, 24, 34, 400, _INK, 2),
        _Text(values.place, 24, 24, 400, _MUTED),
    ):
        level = _write(image, text, level + text.gap)
    _write(image, _Text(values.brand, 0, 26, 600, mix(primary, _INK, 30)), 540)
    file = io.BytesIO()
    image.quantize(128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _view(values: CardValues) -> Image.Image:
    if values.picture is None:
        return skyline.draw(_VIEW, values.colour, _GLOW)
    with Image.open(io.BytesIO(values.picture)) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    return ImageOps.fit(upright, _VIEW, Image.Resampling.LANCZOS)


def _write(image: Image.Image, text: _Text, top: int) -> int:
    """The lines, at most so many; what is longer ends in an ellipsis. Returns where the next text may begin."""
    pen, font = ImageDraw.Draw(image), typeface(text.size, text.weight)
    lines = cut(clean(text.words), text.lines, _WIDTH, measure(text.size, text.weight))
    for number, line in enumerate(lines):
        baseline = top + number * text.size * 13 // 10 + text.size * EM_ABOVE_BASELINE
        pen.text((_LEFT, baseline), line, fill=text.colour, font=font, anchor="ls")
    return top + len(lines) * text.size * 13 // 10
