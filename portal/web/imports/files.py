"""The files that imports hand out: the template, and the refused rows in its layout with the reason."""

import io
from collections.abc import Mapping, Sequence
from functools import partial

from flask import Response, abort, send_file
from flask_babel import gettext as _

from ...adapters.sheets import spreadsheets
from ...adapters.sheets.deal_file import REASON, columns, example
from ...adapters.sheets.spreadsheets import Sheet
from ...models import ImportRow
from ..lists.exports import Column, export
from . import words


def template(kind: str) -> Response:
    """An empty file with its explanation, `csv` or `xlsx`; any other kind is 404."""
    if kind not in ("csv", "xlsx"):
        abort(404)
    headings = zip(columns(), words.headings(columns()), strict=True)
    lines = [(heading, str(words.HINTS[key]), example(key)) for key, heading in headings]
    write, mimetype = (_csv, spreadsheets.CSV) if kind == "csv" else (_xlsx, spreadsheets.XLSX)
    name = _("deals-template")
    return send_file(io.BytesIO(write(lines)), mimetype, as_attachment=True, download_name=f"{name}.{kind}")


def refused(rows: Sequence[tuple[ImportRow, Mapping[str, str]]], kind: str) -> Response:
    """The refused rows, to be corrected and uploaded again as they are: the last column is passed over."""
    cells = [
        Column(heading, partial(_cell, key)) for key, heading in zip(columns(), words.headings(columns()), strict=True)
    ]
    why = Column(words.headings([REASON])[0], lambda pair: words.reason(_facts(pair[0])))
    return export(rows, [*cells, why], _("refused-rows"), kind)


def _cell(key: str, pair: tuple[ImportRow, Mapping[str, str]]) -> str | None:
    return pair[1].get(key)


def _facts(row: ImportRow) -> Mapping[str, object]:
    return (row.facts if row.outcome else row.expected_facts) or {}


def _csv(lines: Sequence[tuple[str, str, str]]) -> bytes:
    """Lines that begin with # are remarks: reading passes over them."""
    passed_over, like = _("Lines that begin with # are passed over."), _("Example")
    remarks = [f"# {heading}: {hint}" + (f" {like}: {shown}" if shown else "") for heading, hint, shown in lines]
    headings = [heading for heading, _hint, _example in lines]
    return spreadsheets.csv_file([[f"# {passed_over}"], *([remark] for remark in remarks), headings])


def _xlsx(lines: Sequence[tuple[str, str, str]]) -> bytes:
    headings = [heading for heading, _hint, _example in lines]
    explained = [(_("Column"), _("What to fill in"), _("Example")), *lines]
    return spreadsheets.workbook_file(
        Sheet([headings], _("Deals"), widths=[18] * len(headings), for_text=True),  # phones and units stay as typed
        Sheet(explained, _("Explanation"), widths=(18, 70, 22), wraps=True),
    )
