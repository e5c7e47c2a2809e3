"""Reading tables that people bring: CSV as spreadsheets save it, and XLSX. Everything comes back as text.

What arrives is not to be trusted. A workbook is a ZIP: its size when unpacked is asked before anything is unpacked.
A formula is never computed, nor is its last result taken: it comes back as the text that it is, and who reads the
row refuses it. Files are refused as wholes only where no row can be read.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from commissions.refusal import Refusal

from .spreadsheets import unquoted

Row = tuple[int, list[str]]
"""A row's number as the spreadsheet shows it, and its cells."""

MOST_COLUMNS = 60
MOST_ROWS_SEEN = 100_000
"""Rows looked at, empty ones too: a workbook can claim a million of them."""
LONGEST_CELL = 2_000
UNPACKED = 100 * 1024 * 1024
"""Bytes that a workbook may have when unpacked."""
MOST_PARTS = 1_000

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_DELIMITERS = ",\t;"


def read_table(data: bytes) -> Iterator[Row]:
    """The rows that have anything in them, as text; days are `2026-03-10`, instants `2026-03-10 14:30:00`.

    Raises Refusal `table_kind` for what is neither CSV nor XLSX, `table_damaged`, `table_bomb` for a workbook that
    unpacks to more than a table can be, `table_rows` with `most`, and `table_cell` with `row` for a cell too long.
    """
    rows = _workbook(data) if data.startswith(_ZIP) else _text(data)
    for number, cells in rows:
        if number > MOST_ROWS_SEEN:
            raise Refusal("table_rows", most=MOST_ROWS_SEEN)
        if max(map(len, cells), default=0) > LONGEST_CELL:
            raise Refusal("table_cell", row=number, most=LONGEST_CELL)
        if any(cells):
            yield number, cells


# CSV


def _text(data: bytes) -> Iterator[Row]:
    text = _decoded(data)
    delimiter = _delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in lines:
            yield lines.line_num, [_plain(cell) for cell in cells[:MOST_COLUMNS]]
    except csv.Error as error:
        raise Refusal("table_damaged") from error


def _decoded(data: bytes) -> str:
    """As UTF-8 where it is that, or as GB18030, in which Chinese spreadsheets save."""
    if data.startswith(_OLD_EXCEL) or data.startswith(b"%PDF"):
        raise Refusal("table_kind")
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next one is tried, and in the end it is refused
        if "\0" not in text:
            return text
    raise Refusal("table_kind")


def _delimiter(text: str) -> str:
    """The one that the first line which is no remark has most of; a comma where none stands in it."""
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip('"').startswith("#"))
    first = next(lines, "")
    return max(_DELIMITERS, key=first.count)


def _plain(cell: str) -> str:
    """The cell as meant: without the apostrophe of an export, and `="138…"` as the text that keeps its digits."""
    text = unquoted(cell.strip()).strip()
    if text.startswith('="') and text.endswith('"') and '"' not in text[2:-1]:
        return text[2:-1].strip()
    return text


# XLSX


def _workbook(data: bytes) -> Iterator[Row]:
    _check_size(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size need not be true
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
            yield number, _stripped(_shown(cell.value) for cell in cells)
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, IndexError, ValueError, TypeError) as error:
        raise Refusal("table_damaged") from error  # openpyxl has no one error for a broken file


def _check_size(data: bytes) -> None:
    """zipfile never unpacks more of a part than its entry claims, so the claims can be summed up beforehand."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refusal("table_damaged") from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED:
        raise Refusal("table_bomb")
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise Refusal("table_kind")
    if any(part.filename.endswith("vbaProject.bin") for part in parts):
        raise Refusal("table_kind")


def _shown(value: Any) -> str:
    """A cell's value as one would type it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        exact = Decimal(repr(value))  # what the cell shows; 13800138000.0 is 13800138000
        return f"{exact.normalize():f}"
    return str(value).strip()


def _stripped(cells: Iterable[str]) -> list[str]:
    """Without the empty cells at the end, which are padding."""
    row = list(cells)
    while row and not row[-1]:
        row.pop()
    return row
