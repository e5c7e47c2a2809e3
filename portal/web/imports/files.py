"""The files that imports hand out: the template, and the refused rows in its layout with the reason."""

import csv
import io
from collections.abc import Mapping, Sequence

from flask import Response, abort, send_file
from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from ...adapters.deal_file import REASON, columns, example
from ...models import ImportRow
from ..exports import Column, export
from . import words

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def template(kind: str) -> Response:
    """An empty file with its explanation, `csv` or `xlsx`; any other kind is 404."""
    if kind not in ("csv", "xlsx"):
        abort(404)
    headings = zip(columns(), words.headings(columns()), strict=True)
    lines = [(heading, str(words.HINTS[key]), example(key)) for key, heading in headings]
    content, mimetype = (_csv(lines), "text/csv") if kind == "csv" else (_xlsx(lines), _XLSX)
    name = _("deals-template")
    return send_file(content, mimetype, as_attachment=True, download_name=f"{name}.{kind}")


def refused(rows: Sequence[tuple[ImportRow, Mapping[str, str]]], kind: str) -> Response:
    """The refused rows, to be corrected and uploaded again as they are: the last column is passed over."""
    cells = [
        Column(heading, lambda pair, key=key: pair[1].get(key))
        for key, heading in zip(columns(), words.headings(columns()), strict=True)
    ]
    why = Column(words.headings([REASON])[0], lambda pair: words.reason(_facts(pair[0])))
    return export(rows, [*cells, why], _("refused-rows"), kind)


def _facts(row: ImportRow) -> Mapping[str, object]:
    return (row.facts if row.outcome else row.expected_facts) or {}


def _csv(lines: Sequence[tuple[str, str, str]]) -> io.BytesIO:
    """Lines that begin with # are remarks: reading passes over them."""
    text = io.StringIO()
    rows = csv.writer(text)
    passed_over, like = _("Lines that begin with # are passed over."), _("Example")
    rows.writerow([f"# {passed_over}"])
    for heading, hint, shown in lines:
        rows.writerow([f"# {heading}: {hint}" + (f" {like}: {shown}" if shown else "")])
    rows.writerow([heading for heading, _hint, _example in lines])
    return io.BytesIO(text.getvalue().encode("utf-8-sig"))


def _xlsx(lines: Sequence[tuple[str, str, str]]) -> io.BytesIO:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _("Deals")
    sheet.append([heading for heading, _hint, _example in lines])
    sheet.freeze_panes = "A2"
    for place, cell in enumerate(sheet[1], 1):
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = 18
        sheet.column_dimensions[get_column_letter(place)].number_format = "@"  # phones and units stay as typed
    explained = book.create_sheet(_("Explanation"))
    explained.append([_("Column"), _("What to fill in"), _("Example")])
    for line in lines:
        explained.append(line)
    for letter, width in zip("ABC", (18, 70, 22), strict=True):
        explained.column_dimensions[letter].width = width
    for row in explained.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=cell.row == 1)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file
