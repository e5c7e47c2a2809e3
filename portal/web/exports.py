"""Lists as files for a spreadsheet, which say who took them and when (rules 9).

A cell's text can come from anybody: a client named `=HYPERLINK(…)` must stay a name when a spreadsheet opens the file.
So in CSV a text that begins like a formula gets an apostrophe, and in XLSX it is typed as text and marked as quoted.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Response, abort, send_file
from flask_babel import gettext as _
from flask_login import current_user
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ..clock import SHANGHAI, local_day
from .components import instant
from .edge import now

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a text begins that a spreadsheet may run; Excel reads full-width signs too."""

_FORMATS: dict[type, str] = {Decimal: "#,##0.00", datetime: "yyyy-mm-dd hh:mm", date: "yyyy-mm-dd"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its heading in the reader's language, and how a row's value is found.

    A value is text, a whole number, `yuan(fen)`, a day, an instant (shown in Asia/Shanghai) or None.
    """

    label: str
    value: Callable[[Any], Any]


def yuan(fen: int) -> Decimal:
    """Fen as the yuan that a spreadsheet can add up, exactly."""
    return Decimal(fen).scaleb(-2)


def export(rows: Iterable[Any], columns: Sequence[Column], name: str, kind: str) -> Response:
    """A file of the rows, `csv` or `xlsx`; any other kind is 404. `name` is the file's name without its ending.

    The rows must carry what the columns ask for: a column never queries.
    """
    if kind not in _WRITERS:
        abort(404)
    write, mimetype = _WRITERS[kind]
    taken = _("Exported by %(person)s on %(instant)s", person=current_user.person.name, instant=instant(now()))
    values = ([local(column.value(row)) for column in columns] for row in rows)
    return send_file(
        write(taken, [column.label for column in columns], values),
        mimetype=mimetype,
        as_attachment=True,
        download_name=f"{name}-{local_day(now())}.{kind}",
    )


def _csv(taken: str, labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> io.BytesIO:
    text = io.StringIO()
    lines = csv.writer(text)
    for row in ([taken], labels, *rows):
        lines.writerow([_plain(value) for value in row])
    return io.BytesIO(text.getvalue().encode("utf-8-sig"))  # without the mark Excel takes Chinese for another encoding


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value


def _xlsx(taken: str, labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> io.BytesIO:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A3"
    for place in range(1, len(labels) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 20
    sheet.append([cell(sheet, taken)])
    sheet.append([cell(sheet, label, Font(bold=True)) for label in labels])
    for row in rows:
        sheet.append([cell(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def cell(sheet: Any, value: Any, font: Font | None = None) -> WriteOnlyCell:
    """A cell of a workbook: figures and days with their format, and a text never as a formula."""
    made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
    if isinstance(value, str):
        made.data_type = "s"  # openpyxl would make a formula of a text that begins with "="
        made.quotePrefix = value.startswith(_FORMULA)
    if type(value) in _FORMATS:
        made.number_format = _FORMATS[type(value)]
    if font:
        made.font = font
    return made


def local(value: Any) -> Any:
    """Spreadsheets know no zones: an instant becomes Shanghai's wall clock."""
    return value.astimezone(SHANGHAI).replace(tzinfo=None) if isinstance(value, datetime) else value


_WRITERS = {
    "csv": (_csv, "text/csv"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
