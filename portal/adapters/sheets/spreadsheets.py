"""Files for a spreadsheet: the one place that writes CSV and XLSX, so that no cell of any file is ever a formula.

A cell's text can come from anybody: an agency named `=HYPERLINK(…)` must stay a name when a spreadsheet opens the file.
In CSV a text that begins like a formula gets an apostrophe, which reading takes away again (`unquoted`); in XLSX it is
typed as text and marked as quoted. Numbers and days are never quoted: they are no text.
"""

import csv
import io
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, TextIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from ...clock import SHANGHAI

CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BREAKS = ("\t", "\r", "\n")
_QUOTE = "'"
_FORMATS: dict[type, str] = {str: "@", Decimal: "#,##0.00", datetime: "yyyy-mm-dd hh:mm", date: "yyyy-mm-dd"}


def begins_like_formula(text: str) -> bool:
    """Whether a spreadsheet might run a text: it begins with a sign of formulas, behind whatever nobody sees."""
    return text.startswith(_BREAKS) or _seen(text).startswith(_SIGNS)


def quoted(text: str) -> str:
    """The text as it is safe in CSV."""
    return f"{_QUOTE}{text}" if begins_like_formula(text.lstrip(_QUOTE)) else text


def unquoted(text: str) -> str:
    """What `quoted` was given."""
    return text[1:] if text.startswith(_QUOTE) and begins_like_formula(text.lstrip(_QUOTE)) else text


def csv_text(rows: Iterable[Iterable[Any]], newline: str = "\r\n") -> str:
    """The rows as CSV; instants as Shanghai's wall clock."""
    text = io.StringIO(newline="")
    _write_lines(text, rows, newline)
    return text.getvalue()


def csv_file(rows: Iterable[Iterable[Any]]) -> bytes:
    """The same as a file."""
    file = io.BytesIO()
    write_csv(file, rows)
    return file.getvalue()


def write_csv(file: IO[bytes], rows: Iterable[Iterable[Any]]) -> None:
    """Write the same into a file, a row at a time. Without the mark at its beginning Excel takes Chinese for another
    encoding."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    _write_lines(text, rows, "\r\n")
    text.detach()  # or the file would be closed with it


def _write_lines(text: TextIO, rows: Iterable[Iterable[Any]], newline: str) -> None:
    lines = csv.writer(text, lineterminator=newline)
    for row in rows:
        lines.writerow([_plain(local(value)) for value in row])


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its rows, of which those in `bold` (the first is 1) are headings that stay in sight.

    A cell is text, a whole number, a Decimal of yuan, a day, an instant or None. `for_text`: columns in which whatever
    is typed later stays as it was typed.
    """

    rows: Iterable[Sequence[Any]]
    name: str | None = None
    widths: Sequence[int] = ()
    bold: Collection[int] = (1,)
    wraps: bool = False
    for_text: bool = False


def workbook_file(*sheets: Sheet) -> bytes:
    """A workbook of these sheets."""
    file = io.BytesIO()
    write_workbook(file, *sheets)
    return file.getvalue()


def write_workbook(file: IO[bytes], *sheets: Sheet) -> None:
    """Write a workbook of these sheets into a file, a row at a time: a million of them take no more memory than one."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _add(book, sheet)
    book.save(file)


def local(value: Any) -> Any:
    """Spreadsheets know no zones: an instant becomes Shanghai's wall clock."""
    return value.astimezone(SHANGHAI).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value


def _seen(text: str) -> str:
    """The text from its first visible sign on."""
    return next((text[at:] for at, sign in enumerate(text) if unicodedata.category(sign)[0] not in "CZ"), "")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return quoted(value)
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value


def _add(book: Workbook, sheet: Sheet) -> None:
    made = book.create_sheet(sheet.name)
    if sheet.bold:
        made.freeze_panes = f"A{max(sheet.bold) + 1}"
    for place, width in enumerate(sheet.widths, 1):
        column = made.column_dimensions[get_column_letter(place)]
        column.width = width
        if sheet.for_text:
            column.number_format = "@"
    for number, row in enumerate(sheet.rows, 1):
        made.append([_cell(made, local(value), bold=number in sheet.bold, wraps=sheet.wraps) for value in row])


def _cell(sheet: Any, value: Any, *, bold: bool, wraps: bool) -> Cell:
    made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
    if isinstance(value, str):
        made.data_type = "s"  # openpyxl would make a formula of a text that begins with "="
        made.quotePrefix = begins_like_formula(value)
    if type(value) in _FORMATS:
        made.number_format = _FORMATS[type(value)]
    if bold:
        made.font = Font(bold=True)
    if wraps:
        made.alignment = Alignment(wrap_text=True, vertical="top")
    return made
