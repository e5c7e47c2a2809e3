"""Lists as files for a spreadsheet, which say who took them and when (rules 9)."""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Response, abort, send_file
from flask_babel import gettext as _
from flask_login import current_user

from ..adapters import spreadsheets
from ..clock import local_day
from .components import instant
from .edge import now


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
    values = ([column.value(row) for column in columns] for row in rows)
    return send_file(
        io.BytesIO(write([[taken], [column.label for column in columns], *values])),
        mimetype=mimetype,
        as_attachment=True,
        download_name=f"{name}-{local_day(now())}.{kind}",
    )


def _workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    return spreadsheets.workbook_file(spreadsheets.Sheet(rows, widths=[20] * len(rows[1]), bold=(2,)))


_WRITERS = {"csv": (spreadsheets.csv_file, spreadsheets.CSV), "xlsx": (_workbook, spreadsheets.XLSX)}
