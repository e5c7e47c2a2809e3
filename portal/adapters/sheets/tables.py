"""Reading tables that people bring: CSV as spreadsheets save it, and XLSX. Everything comes back as text.

What arrives is not to be trusted, so a child process (`sandbox`) reads it, within limits of CPU time and memory. A
workbook is a ZIP of XML: before anything is unpacked its parts are counted and weighed, and before a sheet is read as
one its rows and cells are counted by a parser that builds nothing. A formula is never computed, nor is its last result
taken: it comes back as the text that it is, and who reads the row refuses it. Files are refused as wholes only where no
row can be read.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from commissions.refusal import Refusal

from ..sandbox.pool import Limits, OverLimit, Pool, Unreadable
from .sheet_survey import survey
from .spreadsheets import unquoted

T = TypeVar("T")

Row = tuple[int, list[str]]
"""A row's number as the spreadsheet shows it, and its cells."""

MOST_COLUMNS = 60
MOST_ROWS_SEEN = 100_000
"""Rows looked at, empty ones too: a workbook can claim a million of them."""
LONGEST_CELL = 2_000
LONGEST_TABLE = 40_000_000
"""Characters in all cells together."""
UNPACKED = 60 * 1024 * 1024
"""Bytes that a workbook may have when unpacked; ten thousand rows of deals have about eight million."""
UNPACKED_PART = 2 * 1024 * 1024
"""Of a part that is neither a sheet nor the texts of sheets: openpyxl builds those as trees, at sixty times their size.
Pictures are not read, and may be larger."""
MOST_PARTS = 1_000
MOST_RATIO, RATIO_FROM = 300, 1024 * 1024
"""A part larger than that may shrink to so small a part of itself; sheets of deals shrink to a tenth."""

SMALL_TEXT = 200_000
"""Bytes of CSV that cost no more to read than to hand to a child."""

POOL = Pool(Limits(cpu_seconds=15, seconds=60, memory_mb=768, keep_mb=150, jobs=100), waiting=2, wait_seconds=8)
"""Ten thousand rows of deals take some two seconds of CPU time and 100 MB."""

_ROWS_OF = ("xl/worksheets/", "xl/sharedStrings")
_NOT_READ = ("xl/media/", "xl/embeddings/")

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DELIMITERS = ",\t;"


def read_table(data: bytes) -> list[Row]:
    """The rows that have anything in them, as text; days are `2026-03-10`, instants `2026-03-10 14:30:00`.

    It takes long: call it outside a transaction. Raises Refusal `table_kind` for what is neither CSV nor XLSX,
    `table_password`, `table_damaged`, `table_bomb` for a workbook that costs more than a table can, `table_rows` with
    `most`, `table_cell` with `row` for a cell too long, and busy_try_again.
    """
    if not data.startswith(_ZIP) and len(data) <= SMALL_TEXT:
        return list(_read(data))
    try:
        rows, _ = POOL.run("table", data)
    except OverLimit as error:
        raise Refusal("table_bomb") from error
    except Unreadable as error:
        raise Refusal("table_damaged") from error
    return [(number, cells) for number, cells in rows]


def read_file(data: bytes, read: Callable[[Iterable[Row]], T]) -> T:
    """What `read` makes of the table in a file. It takes long; an edge calls it before its transaction begins.

    Raises Refusal, each at the field `file`: those of `read_table`, and of `read`.
    """
    try:
        return read(read_table(data))
    except Refusal as refusal:
        refusal.facts["field"] = "file"
        raise


def is_formula(cell: str) -> bool:
    """Whether a cell is a formula, which nobody computes: also one that was typed with a Chinese keyboard."""
    return cell.startswith(("=", "＝"))


def read_in_child(data: bytes) -> tuple[Sequence[Row], Sequence[bytes]]:
    """The child's part of `read_table`."""
    return list(_read(data)), ()


def _read(data: bytes) -> Iterator[Row]:
    length = 0
    for number, cells in _workbook(data) if data.startswith(_ZIP) else _text(data):
        if number > MOST_ROWS_SEEN:
            raise Refusal("table_rows", most=MOST_ROWS_SEEN)
        if max(map(len, cells), default=0) > LONGEST_CELL:
            raise Refusal("table_cell", row=number, most=LONGEST_CELL)
        length += sum(map(len, cells))
        if length > LONGEST_TABLE:
            raise Refusal("table_bomb")
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
    if data.startswith((_OLD_EXCEL, b"%PDF")):
        raise Refusal("table_password" if _ENCRYPTED in data else "table_kind")
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
    lines = (line for line in io.StringIO(text) if line.strip() and not line.lstrip('"').startswith("#"))
    first = next(lines, "")
    return max(_DELIMITERS, key=first.count)


def _plain(cell: str) -> str:
    """The cell as meant: without the apostrophe of an export, and `="138…"` as the text that keeps its digits."""
    text = unquoted(cell.strip()).strip()
    if text.startswith('="') and text.endswith('"') and '"' not in text[2:-1]:
        return text[2:-1].strip()
    return text


# XLSX


_DAMAGED = (
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, EOFError, OSError, ParseError, ExpatError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, LookupError, NotImplementedError, RuntimeError),
)
"""What a broken workbook makes zipfile, expat and openpyxl raise: none of them has one error for it."""


def _workbook(data: bytes) -> Iterator[Row]:
    _check_parts(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        with sheet._get_source() as source:  # type: ignore[attr-defined]  # the part that `iter_rows` reads
            last = survey(source)
        if last > MOST_ROWS_SEEN:
            raise Refusal("table_rows", most=MOST_ROWS_SEEN)
        sheet.reset_dimensions()  # what the file says of its size need not be true
        rows = sheet.iter_rows(max_row=last, max_col=MOST_COLUMNS, values_only=True) if last else ()
        for number, cells in enumerate(rows, 1):
            yield number, _stripped(map(_shown, cells)) if any(cell is not None for cell in cells) else []
    except _DAMAGED as error:
        raise Refusal("table_damaged") from error


def _check_parts(data: bytes) -> None:
    """zipfile never unpacks more of a part than its entry claims, so the claims can be held against the bounds."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except _DAMAGED as error:
        raise Refusal("table_damaged") from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED or any(map(_is_bomb, parts)):
        raise Refusal("table_bomb")
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise Refusal("table_kind")
    if any(part.filename.endswith("vbaProject.bin") for part in parts):
        raise Refusal("table_kind")
    if any(part.flag_bits & 1 for part in parts):
        raise Refusal("table_password")


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    if part.file_size > max(RATIO_FROM, MOST_RATIO * part.compress_size):
        return True
    return part.file_size > UNPACKED_PART and not part.filename.startswith((*_ROWS_OF, *_NOT_READ))


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
