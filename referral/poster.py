"""A referrer's poster: a design and its values become a PNG that people like to share, and that scans.

What is the same for every referrer of a development (paper, picture, card) is drawn once and kept; the rest
is text and a QR code. The finished places are returned with the picture, so that a test, not an eye, proves
that nothing overlaps. Pillow and qrcode are used here and in ``designs`` alone.
"""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

import qrcode
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from referral.code import grouped
from referral.design import Box, Design, Stack, TextStyle, line_height, mix, readable
from referral.designs import skyline
from referral.typeset import Measure, break_lines, clean, cut

_QUIET_MODULES = 4  # the standard's quiet zone, on each side
_MIN_MODULE_PX = 4
_LOGO_PERCENT = 20  # of the symbol's side; level H stands 22
_QR_INK = "#14202b"
_CARD_RADIUS = 32
_SIMPLIFIED = 2  # the face of the font collection with mainland Chinese forms
_EM_ABOVE_BASELINE = 0.88  # of a Chinese character


@dataclass(frozen=True, slots=True)
class PosterValues:
    """What one poster says. ``picture`` is the development's, as bytes of a JPEG, PNG or WebP file.

    ``colours`` (``primary``, ``accent`` …, each #rrggbb) stand before the design's own.
    """

    development: str
    headline: str
    body: tuple[str, ...]
    referrer: str
    code: str
    brand: str
    colours: Mapping[str, str] = field(default_factory=dict)
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Poster:
    """A finished poster: the file, and the place of everything on it."""

    png: bytes
    boxes: Mapping[str, Box]


def render(design: Design, values: PosterValues, *, qr_url: str, lang: str) -> Poster:
    """Draw the poster. ``lang`` is one of the design's (``zh``, ``en``).

    Raises KeyError for a language the design lacks; ValueError for a colour that is none and for a link too
    long to scan; PIL.UnidentifiedImageError for a picture that is none.
    """
    palette = {**design.colours, **values.colours}
    image = _background(design, tuple(sorted(palette.items())), values.picture).copy()
    pen = ImageDraw.Draw(image)
    boxes = {"picture": design.picture, "mark": design.mark, "qr": design.qr}
    initial = clean(values.brand)[:1]
    _draw_mark(pen, design.mark, initial, palette["primary"])
    texts = _texts(design, values, lang)
    for stack in design.stacks:
        boxes |= _draw_stack(pen, stack, texts, palette)
    image.paste(_qr_code(qr_url, design.qr.width, initial, palette["primary"]), design.qr[:2])
    return Poster(_png(image), boxes)


@lru_cache(maxsize=8)
def _background(design: Design, colours: tuple[tuple[str, str], ...], picture: bytes | None) -> Image.Image:
    """What every referrer's poster of one development shares. Callers copy it before they draw."""
    palette = dict(colours)
    image = Image.new("RGB", design.size, palette["paper"])
    _hang_picture(image, design, palette, picture)
    _lay_card(image, design.card, palette)
    return image


def _hang_picture(image: Image.Image, design: Design, palette: Mapping[str, str], picture: bytes | None) -> None:
    place = design.picture
    size = (place.width, place.height)
    if picture is None:
        view = skyline.draw(size, palette["primary"], palette["accent"])
    else:
        with Image.open(io.BytesIO(picture)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
        view = ImageOps.fit(upright, size, Image.Resampling.LANCZOS)
    for inset, fill in ((0, mix(palette["accent"], palette["paper"], 35)), (2, palette["paper"])):
        window = _arch((design.frame.width - 2 * inset, design.frame.height - 2 * inset))
        image.paste(fill, (design.frame.left + inset, design.frame.top + inset), window)
    image.paste(view, place[:2], _arch(size))


def _arch(size: tuple[int, int]) -> Image.Image:
    """A window with a half-round top, smooth-edged."""
    width, height = size[0] * 4, size[1] * 4
    mask = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(mask)
    pen.ellipse((0, 0, width - 1, width - 1), fill=255)
    pen.rectangle((0, width // 2, width, height), fill=255)
    return mask.resize(size, Image.Resampling.LANCZOS)


def _lay_card(image: Image.Image, card: Box, palette: Mapping[str, str]) -> None:
    """The card that floats over the paper on one soft shadow."""
    shadow = Image.new("L", image.size, 0)
    fallen = (card.left + 8, card.top + 16, card.right - 8, card.bottom + 8)
    ImageDraw.Draw(shadow).rounded_rectangle(fallen, _CARD_RADIUS, fill=46)
    image.paste(mix(palette["ink"], palette["paper"], 20), mask=shadow.filter(ImageFilter.GaussianBlur(18)))
    sheet = Image.new("L", (card.width * 4, card.height * 4), 0)
    outline = (0, 0, sheet.width - 1, sheet.height - 1)
    ImageDraw.Draw(sheet).rounded_rectangle(outline, _CARD_RADIUS * 4, fill=255)
    image.paste(palette["card"], card[:2], sheet.resize((card.width, card.height), Image.Resampling.LANCZOS))


def _draw_mark(pen: ImageDraw.ImageDraw, place: Box, initial: str, colour: str) -> None:
    """The brand's small mark: its first character on its colour."""
    pen.rounded_rectangle((*place[:2], place.right - 1, place.bottom - 1), place.width // 4, fill=colour)
    middle = (place.left + place.width / 2, place.top + place.height / 2)
    size = place.width * 56 // 100
    font = typeface(size, 600)
    left, top, right, bottom = font.getbbox(initial, anchor="ls")
    origin = (middle[0] - (left + right) / 2, middle[1] - (top + bottom) / 2)
    pen.text(origin, initial, fill=readable("#ffffff", colour), font=font, anchor="ls")


def _texts(design: Design, values: PosterValues, lang: str) -> Mapping[str, str]:
    """Every text style's finished text. Values are only ever put in, never read as templates themselves."""
    slots = dict(design.words[lang]) | {
        "development": values.development,
        "headline": values.headline,
        "body": "\n".join(values.body),
        "referrer": values.referrer,
        "code": grouped(values.code),
        "brand": values.brand,
    }
    return {style.name: clean(style.text.format_map(slots)) for stack in design.stacks for style in stack.texts}


def _draw_stack(
    pen: ImageDraw.ImageDraw, stack: Stack, texts: Mapping[str, str], palette: Mapping[str, str]
) -> dict[str, Box]:
    set_texts = [(style, *_fit(texts[style.name], style, stack.box.width)) for style in stack.texts]
    set_texts = [entry for entry in set_texts if entry[2]]
    height = sum(style.gap + len(lines) * line_height(size, style.leading) for style, size, lines in set_texts)
    free = stack.box.height - height
    level = stack.box.top + {"top": 0, "middle": free // 2, "bottom": free}[stack.anchor]
    boxes = {}
    for style, size, lines in set_texts:
        level += style.gap
        fill = readable(palette[style.colour], palette[stack.paper])
        boxes[style.name] = _draw_lines(pen, stack, level, (style, size, lines), fill)
        level += len(lines) * line_height(size, style.leading)
    return boxes


def _fit(text: str, style: TextStyle, width: int) -> tuple[int, list[str]]:
    """The largest size at which the text fits its room, and the lines; cut with an ellipsis at the least."""
    room = style.max_lines * line_height(style.size, style.leading)
    for size in range(style.size, style.min_size - 1, -2):
        lines = break_lines(text, width, _measure(size, style.weight))
        if len(lines) * line_height(size, style.leading) <= room:
            return size, lines
    fitting = room // line_height(style.min_size, style.leading)
    return style.min_size, cut(text, fitting, width, _measure(style.min_size, style.weight))


def _draw_lines(
    pen: ImageDraw.ImageDraw, stack: Stack, top: int, text: tuple[TextStyle, int, list[str]], fill: str
) -> Box:
    """Draw the lines and return the rectangle that their ink fills."""
    style, size, lines = text
    font, step = typeface(size, style.weight), line_height(size, style.leading)
    inks = []
    for number, line in enumerate(lines):
        room = stack.box.width - font.getlength(line)
        left = stack.box.left + {"left": 0.0, "centre": room / 2, "right": room}[stack.align]
        baseline = top + number * step + (step - size) / 2 + size * _EM_ABOVE_BASELINE
        pen.text((left, baseline), line, fill=fill, font=font, anchor="ls")
        inks.append(pen.textbbox((left, baseline), line, font=font, anchor="ls"))
    lefts, tops, rights, bottoms = zip(*inks, strict=True)
    left_px, top_px = math.floor(min(lefts)), math.floor(min(tops))
    return Box(left_px, top_px, math.ceil(max(rights)) - left_px, math.ceil(max(bottoms)) - top_px)


def _qr_code(url: str, side: int, initial: str, colour: str) -> Image.Image:
    """The code in a square of ``side`` pixels, quiet zone within, the brand's mark in its middle.

    Error correction H, whole pixels a module, always dark on white whatever the brand's colours.
    """
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_H, border=_QUIET_MODULES)
    code.add_data(url)
    code.make(fit=True)
    matrix = code.get_matrix()
    module = side // len(matrix)
    if module < _MIN_MODULE_PX:
        raise ValueError(f"the link is too long to scan: {len(url)} letters")
    cells = Image.new("1", (len(matrix), len(matrix)))
    cells.putdata([0 if dark else 1 for row in matrix for dark in row])
    symbol = cells.resize((len(matrix) * module,) * 2, Image.Resampling.NEAREST)
    square = Image.new("RGB", (side, side), "#ffffff")
    corner = (side - symbol.width) // 2
    square.paste(_QR_INK, (corner, corner), ImageOps.invert(symbol.convert("L")))
    _stamp(square, (len(matrix) - 2 * _QUIET_MODULES) * module * _LOGO_PERCENT // 100, initial, colour)
    return square


def _stamp(square: Image.Image, side: int, initial: str, colour: str) -> None:
    """The mark in the middle, with a white edge that counts as part of it."""
    pen = ImageDraw.Draw(square)
    outer = Box((square.width - side) // 2, (square.height - side) // 2, side, side)
    pen.rounded_rectangle((*outer[:2], outer.right - 1, outer.bottom - 1), side // 4, fill="#ffffff")
    edge = side // 10
    inner = Box(outer.left + edge, outer.top + edge, side - 2 * edge, side - 2 * edge)
    _draw_mark(pen, inner, initial, colour)


def _png(image: Image.Image) -> bytes:
    """Level 1: a tenth larger than the default, and several times as fast."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


@cache
def _font_path() -> str:
    """Noto Sans CJK (Open Font License), which comes with its own package."""
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


def _measure(size: int, weight: int) -> Measure:
    """How wide a text is, sign by sign: never less than drawn, as kerning only draws letters together."""
    return lambda text: sum(_advance(sign, size, weight) for sign in text)
