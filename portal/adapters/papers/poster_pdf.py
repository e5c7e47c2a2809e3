"""A poster as a PDF for the printer: A4 with 3 mm of bleed and crop marks, the QR code and all type as outlines.

The picture and the blocks of colour are one image, bleed included; on it stand the lines where
`referral.posters.layout` put them, in a font that holds just their signs, and the code's modules as rectangles. The
page says where it is cut (TrimBox) and how far its ink goes (BleedBox).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fpdf import FPDF
from fpdf.output import OutputProducer

from referral.drawing.colours import readable, rgb
from referral.drawing.qr_code import module_px, pattern
from referral.posters.design import PAGES, Box, Design
from referral.posters.layout import Line
from referral.posters.poster import QR_INK, QR_PAPER, Brand, Sheet, ground, mark_boxes

from .typefaces import typeface

_SLUG = 8.0
"""Millimetres around the bleed, where the crop marks stand."""
_MARK, _OFF = 5.0, 2.0
"""How long a crop mark is, and how far from the bleed."""
_POINT = 72 / 25.4
_PRINTED_PER_MM = 12
"""Pixels a millimetre of the ground: 305 to the inch, where print shops ask for 300."""
_QUALITY = 92


class UnprintableError(ValueError):
    """The design is only made for screens."""


def write(sheet: Sheet, *, title: str, author: str, lang: str, made_at: datetime) -> bytes:
    """The poster as a PDF file of one page. Raises UnprintableError for a design that no paper has."""
    page = PAGES[sheet.design.page]
    if not page.per_mm:
        raise UnprintableError(sheet.design.name)
    width, height = (side / page.per_mm for side in page.size)
    off = _SLUG + page.bleed / page.per_mm
    pdf = FPDF(format=(width + 2 * off, height + 2 * off))
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(title)
    pdf.set_author(author)
    pdf.set_lang({"zh": "zh-Hans-CN"}.get(lang, lang))
    pdf.set_creation_date(made_at)
    pdf.add_page()
    pen = _Pen(pdf, page.per_mm, off)
    pen.ground(sheet)
    with TemporaryDirectory() as folder:
        pen.lines(sheet.lines, Path(folder))
    pen.code(sheet)
    pen.crop_marks(width, height)
    return bytes(pdf.output(output_producer_class=_Boxed))


@lru_cache(maxsize=3)
def _ground(design: Design, brand: Brand) -> bytes:
    """What all posters of a development stand on, in every language; painted and packed once."""
    packed = BytesIO()
    ground(design, brand, _PRINTED_PER_MM).save(packed, "JPEG", quality=_QUALITY, subsampling=0)
    return packed.getvalue()


class _Boxed(OutputProducer):
    """Names the page's boxes besides the one that the library knows: bleed and trim, as every printer asks for."""

    def _add_pages(self, *args: Any, **named: Any) -> Any:
        pages = super()._add_pages(*args, **named)
        for page in self.fpdf.pages.values():
            wide, high = page.dimensions()
            bleed, trim = _SLUG * _POINT, (_SLUG + 3) * _POINT
            media = f"[0 0 {wide:.2f} {high:.2f}]"
            page.media_box = f"{media}\n/BleedBox {_inset(wide, high, bleed)}\n/TrimBox {_inset(wide, high, trim)}"
        return pages


def _inset(wide: float, high: float, by: float) -> str:
    return f"[{by:.2f} {by:.2f} {wide - by:.2f} {high - by:.2f}]"


class _Pen:
    """Draws at places given in the poster's pixels."""

    def __init__(self, pdf: FPDF, per_mm: int, off: float) -> None:
        self._pdf, self._per_mm, self._off = pdf, per_mm, off

    def ground(self, sheet: Sheet) -> None:
        """Everything below type and code."""
        bleed = sheet.design.bleed
        self._pdf.image(
            BytesIO(_ground(sheet.design, sheet.canvas.brand)), *self._place(sheet.design.whole.grown(bleed))
        )

    def lines(self, lines: Sequence[Line], folder: Path) -> None:
        """The type, a font a weight."""
        by_weight: dict[int, list[Line]] = defaultdict(list)
        for line in lines:
            by_weight[line.weight].append(line)
        for weight, some in by_weight.items():
            file = folder / f"{weight}.ttf"
            file.write_bytes(typeface(weight, {sign for line in some for sign in line.text}).content)
            self._pdf.add_font(f"w{weight}", "", file)
            for line in some:
                self._pdf.set_font(f"w{weight}", "", line.size / self._per_mm * _POINT)
                self._pdf.set_text_color(*rgb(line.colour))
                self._pdf.set_char_spacing(line.tracking / self._per_mm * _POINT)
                self._pdf.text(self._mm(line.left), self._mm(line.baseline), line.text)

    def code(self, sheet: Sheet) -> None:
        """The QR code in its quiet zone, a rectangle for each run of dark modules, and the mark on it."""
        square, rows = sheet.design.qr, pattern(sheet.url)
        module = module_px(sheet.url, square.width)
        side = len(rows) * module
        left, top = square.left + (square.width - side) // 2, square.top + (square.height - side) // 2
        self._fill(square, QR_PAPER)
        for number, row in enumerate(rows):
            for first, length in _runs(row):
                self._fill(Box(left + first * module, top + number * module, length * module, module), QR_INK)
        outer, inner = mark_boxes(side, square)
        self._fill(outer, QR_PAPER, radius=outer.width // 4)
        self._fill(inner, sheet.palette["primary"], radius=inner.width // 4)
        self._initial(sheet.initial, inner, readable("#ffffff", sheet.palette["primary"]))

    def crop_marks(self, width: float, height: float) -> None:
        """Where the knife goes: two hairlines at each corner, outside the bleed."""
        pdf, off = self._pdf, self._off
        pdf.set_draw_color(0, 0, 0)
        pdf.set_line_width(0.08)
        for x in (off, off + width):
            for y in (_SLUG - _OFF, height + 2 * off - _SLUG + _OFF + _MARK):
                pdf.line(x, y - _MARK, x, y)
        for y in (off, off + height):
            for x in (_SLUG - _OFF, width + 2 * off - _SLUG + _OFF + _MARK):
                pdf.line(x - _MARK, y, x, y)

    def _initial(self, initial: str, place: Box, colour: str) -> None:
        if not initial:
            return
        size = place.width * 56 // 100
        with TemporaryDirectory() as folder:
            face = typeface(600, {initial})
            file = Path(folder) / "mark.ttf"
            file.write_bytes(face.content)
            self._pdf.add_font("mark", "", file)
        self._pdf.set_char_spacing(0)
        self._pdf.set_font("mark", "", size / self._per_mm * _POINT)
        self._pdf.set_text_color(*rgb(colour))
        left = place.left + (place.width - face.width(initial, size)) / 2
        above = 0.88 if ord(initial) > 0x2E80 else 0.87  # a Latin capital sits higher in its em than a Chinese sign
        self._pdf.text(self._mm(left), self._mm(place.top + (place.height - size) / 2 + size * above), initial)

    def _fill(self, box: Box, colour: str, *, radius: int = 0) -> None:
        self._pdf.set_fill_color(*rgb(colour))
        if radius:
            corners: dict[str, Any] = {"round_corners": True, "corner_radius": radius / self._per_mm}
            self._pdf.rect(*self._place(box), style="F", **corners)
        else:
            self._pdf.rect(*self._place(box), style="F")

    def _place(self, box: Box) -> tuple[float, float, float, float]:
        return self._mm(box.left), self._mm(box.top), box.width / self._per_mm, box.height / self._per_mm

    def _mm(self, pixels: float) -> float:
        return self._off + pixels / self._per_mm


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """The dark stretches of a row: where each begins, and how long it is."""
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((place, 1))
    return runs
