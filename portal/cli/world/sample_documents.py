"""The papers that go around in the demo's world: an invoice as PDF, a photo of a signed page, a file of deals."""

import io
from collections.abc import Sequence
from datetime import datetime

from fpdf import FPDF
from PIL import Image, ImageDraw

from commissions.money import format_fen
from referral.drawing.typefaces import typeface

from ...adapters.sheets.spreadsheets import csv_file

_A5 = (148, 210)
_PAPER, _INK, _STAMP, _TABLE = "#f4f1e8", "#2b2b2b", "#b3261e", "#6b5b4b"


TAX_NUMBER = "91330106MA2KJ5T7XL"
"""A number as a company's; nobody's."""


def invoice_page(number: str, statement: str, fen: int, at: datetime) -> bytes:
    """A page that says that it is an invoice; a real one comes from the tax office's system."""
    page = FPDF(format=_A5)
    page.set_creation_date(at)
    page.add_page()
    page.set_font("Helvetica", size=14)
    for line in (f"Invoice {number}", f"Commission, statement {statement}", f"CNY {format_fen(fen)}"):
        page.cell(text=line, new_x="LMARGIN", new_y="NEXT", h=10)
    return bytes(page.output())


def photo_of_page(title: str, lines: Sequence[str]) -> bytes:
    """A photo (PNG) of a typed page with a red stamp, as it lay on somebody's desk."""
    page = Image.new("RGB", (900, 1200), _PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((450, 110), title, fill=_INK, font=typeface(46, 700), anchor="mm")
    for row, line in enumerate(lines):
        pen.text((110, 230 + 70 * row), line, fill=_INK, font=typeface(30, 400))
    pen.ellipse((560, 860, 800, 1100), outline=_STAMP, width=9)
    pen.text((680, 980), "合同专用章", fill=_STAMP, font=typeface(34, 700), anchor="mm")
    desk = Image.new("RGB", (1080, 1440), _TABLE)
    desk.paste(page.rotate(2, expand=True, fillcolor=_TABLE), (70, 110))
    file = io.BytesIO()
    desk.save(file, "PNG")
    return file.getvalue()


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV as a spreadsheet program saves it."""
    return csv_file([heading, *rows])
