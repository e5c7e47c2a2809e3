"""The pictures of a shared link: the card that a messenger shows beside it, and the view on the page behind it.

Both are a development's and say nothing of the referrer, so one picture serves all links to it. A card is 1200×630,
without a code to scan; its words stand on paper beside the picture, never on it.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from referral.drawing.colours import mix, readable
from referral.drawing.typefaces import EM_ABOVE_BASELINE, drawable, measure, typeface
from referral.drawing.typeset import cut
from referral.posters.designs import skyline

SIZE = (1200, 630)

_VIEW = (600, 630)
_PAPER, _INK, _MUTED = "#f7f3ec", "#1b2430", "#55616f"
_LEFT, _WIDTH = 64, 488
_INVITES = {"zh": "朋友邀请您来看房", "en": "A friend invites you"}
_PERMIT = {"zh": "预售许可证号", "en": "Pre-sale permit"}
_CARD_QUALITY, _VIEW_QUALITY = 88, 78


@dataclass(frozen=True, slots=True)
class CardValues:
    """What a card says. ``picture`` is the development's, as bytes of a JPEG, PNG or WebP file; colours are #rrggbb.

    ``permit`` is the number under which the homes may be sold: without one the card names the development and no more.
    """

    development: str
    headline: str
    place: str
    brand: str
    colour: str
    accent: str
    picture: bytes | None = None
    permit: str = ""


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
    """The card as a JPEG file. ``lang`` is ``zh`` or ``en``. Raises KeyError for another."""
    image = Image.new("RGB", SIZE, _PAPER)
    image.paste(_view(values), (SIZE[0] - _VIEW[0], 0))
    image.paste(values.accent, (_LEFT, 64, _LEFT + 56, 70))
    primary = readable(values.colour, _PAPER)
    level = 88
    for text in (
        _Text(_INVITES[lang], 0, 28, 400, primary),
        _Text(values.development, 20, 60, 700, _INK, 2),
        _Text(values.headline, 24, 34, 400, _INK, 2),
        _Text(values.place, 24, 24, 400, _MUTED, 2),
    ):
        level = _write(image, text, level + text.gap)
    _write(image, _Text(values.brand, 0, 26, 600, mix(primary, _INK, 30)), 504)
    if values.permit:
        _write(image, _Text(f"{_PERMIT[lang]} {values.permit}", 0, 18, 400, _MUTED, 2), 548)
    return _jpeg(image, _CARD_QUALITY, subsampling=0)  # thin letters lose their edges with the usual halved colours


def scaled(picture: bytes, size: tuple[int, int]) -> bytes:
    """The development's picture as a JPEG of this size; what is too wide or too high for it is cut off."""
    return _jpeg(_cut_to(picture, size), _VIEW_QUALITY)


def drawn(size: tuple[int, int], colour: str, accent: str) -> bytes:
    """The skyline of a development that has no picture, as on its posters, as a JPEG of this size."""
    return _jpeg(skyline.draw(size, colour, accent), _VIEW_QUALITY)


def fitted(picture: bytes, size: tuple[int, int]) -> bytes:
    """All of a picture as a JPEG of this size, on white where it leaves room."""
    with Image.open(io.BytesIO(picture)) as opened:
        opened.draft("RGB", size)
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    return _jpeg(ImageOps.pad(upright, size, Image.Resampling.LANCZOS, color="white"), _VIEW_QUALITY)


def _view(values: CardValues) -> Image.Image:
    if values.picture is None:
        return skyline.draw(_VIEW, values.colour, values.accent)
    return _cut_to(values.picture, _VIEW)


def _cut_to(picture: bytes, size: tuple[int, int]) -> Image.Image:
    """A JPEG is opened at a half or a quarter of its size where that is enough."""
    with Image.open(io.BytesIO(picture)) as opened:
        opened.draft("RGB", size)
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    return ImageOps.fit(upright, size, Image.Resampling.LANCZOS)


def _jpeg(image: Image.Image, quality: int, subsampling: int = 2) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, subsampling=subsampling, optimize=True, progressive=True)
    return file.getvalue()


def _write(image: Image.Image, text: _Text, top: int) -> int:
    """The lines, at most so many; what is longer ends in an ellipsis. Returns where the next text may begin."""
    pen, font = ImageDraw.Draw(image), typeface(text.size, text.weight)
    lines = cut(drawable(text.words), text.lines, _WIDTH, measure(text.size, text.weight))
    for number, line in enumerate(lines):
        baseline = top + number * text.size * 13 // 10 + text.size * EM_ABOVE_BASELINE
        pen.text((_LEFT, baseline), line, fill=text.colour, font=font, anchor="ls")
    return top + len(lines) * text.size * 13 // 10
