"""A referrer's poster: a design and its values become a picture that people like to share, and that scans.

What is the same for every referrer of a development (paper, picture, panels, the development's words) is drawn once
and kept, as pixels and as ready strips of the PNG file; a further poster is a name, a code and a QR. The finished
places are returned with the picture, so that a test, not an eye, proves that nothing overlaps.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from referral.drawing import png
from referral.drawing.colours import contrast, mix, readable
from referral.drawing.qr_code import mark_side, module_px, pattern
from referral.drawing.typefaces import drawable, typeface
from referral.posters.design import PAGES, Box, Design, Panel, Picture
from referral.posters.designs import scenes
from referral.posters.layout import Line, PosterValues, Setting, fitted, set_stacks, texts_of

__all__ = ["Canvas", "Poster", "PosterValues", "Sheet", "render", "sheet"]

QR_INK = "#14202b"
QR_PAPER = "#ffffff"

_APART = 1.4  # the least contrast at which two colours are told apart as areas
_SHADOW = 64  # how far a shadow reaches
_SCREEN = Fraction(1)
_SMOOTH = 4  # edges are drawn so many times as large, and reduced


@dataclass(frozen=True, slots=True)
class Poster:
    """A finished poster: the file, and the place of everything on it."""

    png: bytes
    boxes: Mapping[str, Box]


@dataclass(frozen=True, slots=True)
class Brand:
    """What a development gives to the paint of its posters: every colour by name, the picture, the brand's name.

    ``texts`` are those that panels fit, by the names of their styles.
    """

    colours: tuple[tuple[str, str], ...]
    picture: bytes | None
    initial: str
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """What the posters of a development share, bleed included; ``setting`` is the text on it.

    ``brand`` is what it was painted with. ``spans`` are the rows (of the finished poster) between which everything that
    changes stands; ``kept`` are the strips before, between and after them.
    """

    image: Image.Image
    brand: Brand
    setting: Setting
    spans: tuple[tuple[int, int], ...]
    kept: tuple[png.Strip | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One poster, laid out and not drawn yet: what every kind of file is made of."""

    design: Design
    canvas: Canvas
    own: Setting
    url: str
    initial: str
    palette: Mapping[str, str]

    @property
    def boxes(self) -> Mapping[str, Box]:
        """The place of everything."""
        fixed = {"picture": self.design.picture.box, "mark": self.design.mark, "qr": self.design.qr}
        return {**fixed, **self.canvas.setting.boxes, **self.own.boxes}

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line of text."""
        return self.canvas.setting.lines + self.own.lines

    def png(self) -> bytes:
        """The poster as a PNG file, without its bleed."""
        made = [png.strip(self._drawn(*span)) for span in self.canvas.spans]
        strips = list(self.canvas.kept[:1])
        for new, kept in zip(made, self.canvas.kept[1:], strict=True):
            strips += (new, kept)
        return png.join(self.design.size, [one for one in strips if one is not None])

    def image(self) -> Image.Image:
        """The poster as pixels, without its bleed."""
        image = _trimmed(self.canvas.image, self.design)
        for top, bottom in self.canvas.spans:
            image.paste(self._drawn(top, bottom), (0, top))
        return image

    def jpeg(self, width: int, quality: int = 82) -> bytes:
        """The poster as a small JPEG file, to look at."""
        image = self.image()
        image = image.resize((width, image.height * width // image.width), Image.Resampling.BOX, reducing_gap=2.0)
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return file.getvalue()

    def _drawn(self, top: int, bottom: int) -> Image.Image:
        """The rows from `top` to `bottom` with what is this poster's own."""
        design = self.design
        left, above = design.bleed, design.bleed + top
        rows = self.canvas.image.crop((left, above, left + design.size[0], design.bleed + bottom))
        if top <= design.qr.top < bottom:
            code = _qr_square(self.url, design.qr.width, self.initial, self.palette["primary"])
            rows.paste(code, (design.qr.left, design.qr.top - top))
        _write(rows, [line for line in self.own.lines if top <= line.baseline < bottom], (0, -top))
        return rows


def sheet(design: Design, values: PosterValues, *, qr_url: str, lang: str) -> Sheet:
    """Lay a poster out. ``lang`` is one of the design's (``zh``, ``en``).

    Raises KeyError for a language the design lacks; ValueError for a colour that is none and for a link too
    long to scan; PIL.UnidentifiedImageError for a picture that is none.
    """
    module_px(qr_url, design.qr.width)
    palette = design.palette(values.colours)
    texts = texts_of(design, values, lang)
    initial = drawable(values.brand)[:1]
    shared = {style.name: texts[style.name] for stack in design.stacks if not stack.changes for style in stack.texts}
    measured = tuple((name, shared[name]) for panel in design.panels if (name := panel.fits) in shared)
    brand = Brand(tuple(palette.items()), values.picture, initial, measured)
    canvas = _canvas(design, brand, tuple(shared.items()))
    own = set_stacks(design, (stack for stack in design.stacks if stack.changes), texts, palette)
    return Sheet(design, canvas, own, qr_url, initial, palette)


def render(design: Design, values: PosterValues, *, qr_url: str, lang: str) -> Poster:
    """Draw the poster as a PNG; see `sheet` for what it raises."""
    laid_out = sheet(design, values, qr_url=qr_url, lang=lang)
    return Poster(laid_out.png(), laid_out.boxes)


def ground(design: Design, brand: Brand, per_mm: int) -> Image.Image:
    """What stands below type and code on paper, bleed included, at so many pixels a millimetre.

    A poster's own pixels are for screens. It takes about a second; the caller keeps what it makes of it.
    """
    scale = Fraction(per_mm, PAGES[design.page].per_mm)
    return _marked(_paint(design, brand, scale), design, brand, scale)


# What is shared


@lru_cache(maxsize=6)
def _canvas(design: Design, brand: Brand, texts: tuple[tuple[str, str], ...]) -> Canvas:
    """What every referrer's poster of one development shares in one language. Nobody draws on it."""
    image = _marked(_painted(design, brand).copy(), design, brand)
    palette = dict(brand.colours)
    setting = set_stacks(design, (stack for stack in design.stacks if not stack.changes), dict(texts), palette)
    _write(image, setting.lines, (design.bleed, design.bleed))
    spans = _spans([design.qr, *(stack.box for stack in design.stacks if stack.changes)])
    ends = [0, *(row for span in spans for row in span), design.size[1]]
    trimmed = _trimmed(image, design)
    kept = [
        png.strip(trimmed.crop((0, top, trimmed.width, bottom))) if top < bottom else None
        for top, bottom in list(pairwise(ends))[::2]
    ]
    return Canvas(image, brand, setting, spans, tuple(kept))


def _spans(boxes: Iterable[Box]) -> tuple[tuple[int, int], ...]:
    """The rows that the boxes take, joined where they meet."""
    spans: list[tuple[int, int]] = []
    for box in sorted(boxes, key=lambda one: one.top):
        if spans and box.top <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], box.bottom))
        else:
            spans.append((box.top, box.bottom))
    return tuple(spans)


@lru_cache(maxsize=3)
def _painted(design: Design, brand: Brand) -> Image.Image:
    """The paint as a screen shows it: kept, as every language of a development has the same."""
    return _paint(design, brand, _SCREEN)


def _paint(design: Design, brand: Brand, scale: Fraction) -> Image.Image:
    """Paper, bands, picture and panels, bleed included."""
    palette, texts = dict(brand.colours), dict(brand.texts)
    image = Image.new("RGB", _put(design.whole.grown(design.bleed), design, scale)[2:], palette["paper"])
    for band in design.bands:
        _lay(image, _larger(band, design, scale), palette, scale)
    pictured = design.picture
    frame = pictured.frame and _put(pictured.frame, design, scale)
    place = _put(pictured.box, design, scale)
    _hang(
        image, replace(pictured, box=place, radius=round(pictured.radius * scale), frame=frame), palette, brand.picture
    )
    for panel in design.panels:
        _lay(image, _larger(replace(panel, box=fitted(design, panel, texts)), design, scale), palette, scale)
    return image


def _marked(image: Image.Image, design: Design, brand: Brand, scale: Fraction = _SCREEN) -> Image.Image:
    """The same image with the brand's mark on it."""
    _draw_mark(image, _put(design.mark, design, scale), brand.initial, *mark_colours(design, dict(brand.colours)))
    return image


def _put(box: Box, design: Design, scale: Fraction) -> Box:
    """Where a box of a design stands on the image with its bleed, so many times as large."""
    left, top = (round((edge + design.bleed) * scale) for edge in box[:2])
    right, bottom = (round((edge + design.bleed) * scale) for edge in (box.right, box.bottom))
    return Box(left, top, right - left, bottom - top)


def _larger(panel: Panel, design: Design, scale: Fraction) -> Panel:
    box = _put(panel.box, design, scale)
    return replace(panel, box=box, radius=round(panel.radius * scale), line=round(panel.line * scale))


def _hang(image: Image.Image, pictured: Picture, palette: Mapping[str, str], picture: bytes | None) -> None:
    """The development's picture in its place, or the design's illustration where there is none."""
    place = pictured.box
    if picture is None:
        view = scenes.draw(pictured.scene, place[2:], palette["primary"], palette["accent"])
    else:
        with Image.open(io.BytesIO(picture)) as opened:
            opened.draft("RGB", place[2:])
            upright = ImageOps.exif_transpose(opened).convert("RGB")
        view = ImageOps.fit(upright, place[2:], Image.Resampling.LANCZOS)
    if pictured.frame is not None:
        for inset, fill in ((0, mix(palette["accent"], palette["paper"], 35)), (2, palette["paper"])):
            inner = pictured.frame.grown(-inset)
            image.paste(fill, inner[:2], _window(pictured, inner[2:]))
    image.paste(view, place[:2], _window(pictured, place[2:]))


def _window(picture: Picture, size: tuple[int, int]) -> Image.Image | None:
    """The shape through which the picture is seen; None for all of it."""
    if picture.shape == "arch":
        return _arch(size)
    return _rounded(size, picture.radius) if picture.shape == "round" else None


@lru_cache(maxsize=8)
def _arch(size: tuple[int, int]) -> Image.Image:
    """A window with a half-round top, smooth-edged."""
    width = size[0]
    head = Image.new("L", (width * _SMOOTH, width * _SMOOTH // 2), 0)
    ImageDraw.Draw(head).ellipse((0, 0, head.width - 1, head.width - 1), fill=255)
    mask = Image.new("L", size, 255)
    mask.paste(head.resize((width, width // 2), Image.Resampling.BOX), (0, 0))
    return mask


@lru_cache(maxsize=16)
def _rounded(size: tuple[int, int], radius: int, line: int = 0) -> Image.Image:
    """A rectangle with round, smooth corners; only its outline where `line` is a width."""
    mask = Image.new("L", size, 0 if line else 255)
    if line:
        pen = ImageDraw.Draw(mask)
        pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=255, width=line)
    radius = min(radius, size[0] // 2, size[1] // 2)
    if radius:
        corner = Image.new("L", (radius * _SMOOTH, radius * _SMOOTH), 0)
        reach = 2 * radius * _SMOOTH - 1
        shape = {"outline": 255, "width": line * _SMOOTH} if line else {"fill": 255}
        ImageDraw.Draw(corner).ellipse((0, 0, reach, reach), **shape)
        small = corner.resize((radius, radius), Image.Resampling.BOX)
        for turned, left, top in (
            (small, 0, 0),
            (ImageOps.mirror(small), size[0] - radius, 0),
            (ImageOps.flip(small), 0, size[1] - radius),
            (ImageOps.flip(ImageOps.mirror(small)), size[0] - radius, size[1] - radius),
        ):
            mask.paste(turned, (left, top))
    return mask


def _lay(image: Image.Image, panel: Panel, palette: Mapping[str, str], scale: Fraction) -> None:
    """A panel in its place, on one soft shadow where it has one."""
    box = panel.box
    if panel.shadow:
        _cast_shadow(image, box, panel.radius, mix(palette["ink"], palette["paper"], 20), scale)
    image.paste(palette[panel.colour], box[:2], _rounded(box[2:], panel.radius, panel.line))


def _cast_shadow(image: Image.Image, box: Box, radius: int, colour: str, scale: Fraction) -> None:
    reach = box.grown(round(_SHADOW * scale))
    small = Box(0, 0, round(box.width / scale), round(box.height / scale))
    shadow = _shadow(small[2:], round(radius / scale))
    image.paste(colour, reach[:2], shadow.resize(reach[2:], Image.Resampling.BICUBIC))


@lru_cache(maxsize=8)
def _shadow(size: tuple[int, int], radius: int) -> Image.Image:
    """Drawn at a quarter of its size: a blur has no edges to lose."""
    reach = Box(0, 0, *size).grown(_SHADOW)
    small = Image.new("L", (reach.width // 4, reach.height // 4), 0)
    left, top = _SHADOW // 4 + 2, _SHADOW // 4 + 4
    fallen = (left, top, left + size[0] // 4 - 4, top + size[1] // 4 - 2)
    ImageDraw.Draw(small).rounded_rectangle(fallen, radius // 4, fill=46)
    return small.filter(ImageFilter.GaussianBlur(4.5)).resize(reach[2:], Image.Resampling.BICUBIC)


def _trimmed(image: Image.Image, design: Design) -> Image.Image:
    width, height = design.size
    return image.crop((design.bleed, design.bleed, design.bleed + width, design.bleed + height))


# Strokes


def _write(image: Image.Image, lines: Sequence[Line], moved: tuple[int, int]) -> None:
    pen = ImageDraw.Draw(image)
    for line in lines:
        font = typeface(line.size, line.weight)
        for text, left in line.parts():
            pen.text((left + moved[0], line.baseline + moved[1]), text, fill=line.colour, font=font, anchor="ls")


def mark_colours(design: Design, palette: Mapping[str, str]) -> tuple[str, str]:
    """The mark's ground and its letter: the brand's colour, or turned round where it stands on that very colour."""
    primary, behind = palette["primary"], palette[design.paper_of(design.mark)]
    ground = primary if contrast(primary, behind) >= _APART else readable("#ffffff", behind)
    return ground, readable("#ffffff" if ground == primary else primary, ground)


def _draw_mark(image: Image.Image, place: Box, initial: str, colour: str, ink: str) -> None:
    """The brand's small mark: its first character on its colour."""
    image.paste(colour, place[:2], _rounded(place[2:], place.width // 4))
    size = place.width * 56 // 100
    font = typeface(size, 600)
    left, top, right, bottom = font.getbbox(initial, anchor="ls")
    origin = (place.left + (place.width - left - right) / 2, place.top + (place.height - top - bottom) / 2)
    ImageDraw.Draw(image).text(origin, initial, fill=ink, font=font, anchor="ls")


def _qr_square(url: str, side: int, initial: str, colour: str) -> Image.Image:
    """The code in a square of ``side`` pixels, quiet zone within, the brand's mark in its middle.

    Whole pixels a module, always dark on white whatever the brand's colours.
    """
    rows, module = pattern(url), module_px(url, side)
    cells = Image.frombytes("L", (len(rows), len(rows)), bytes(255 * dark for row in rows for dark in row))
    symbol = cells.resize((len(rows) * module,) * 2, Image.Resampling.NEAREST)
    square = Image.new("RGB", (side, side), QR_PAPER)
    corner = (side - symbol.width) // 2
    square.paste(QR_INK, (corner, corner), symbol)
    outer, inner = mark_boxes(symbol.width, Box(0, 0, side, side))
    square.paste(QR_PAPER, outer[:2], _rounded(outer[2:], outer.width // 4))
    _draw_mark(square, inner, initial, colour, readable("#ffffff", colour))
    return square


def mark_boxes(symbol: int, square: Box) -> tuple[Box, Box]:
    """The white edge and the mark in the middle of a QR code: the edge counts as part of it."""
    side = mark_side(symbol)
    left, top = square.left + (square.width - side) // 2, square.top + (square.height - side) // 2
    outer = Box(left, top, side, side)
    return outer, outer.grown(-(side // 10))
