"""Lists as files for a spreadsheet, which say who took them and when (rules 9)."""

import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Response, abort, request, send_file
from flask_babel import gettext as _
from flask_login import current_user

from ...adapters.sheets import spreadsheets
from ...clock import local_day
from ...services import audit
from ..components import instant
from ..edge import actor, database, db, now, only_reads

_MOST_FILTERS, _MOST_LETTERS = 10, 40
"""What is written down of an address: as much as filters need."""


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

    The rows must carry what the columns ask for: a column never queries. Who took which list is written down.
    """
    if kind not in _WRITERS:
        abort(404)
    write, mimetype = _WRITERS[kind]
    taken = _("Exported by %(person)s on %(instant)s", person=current_user.person.name, instant=instant(now()))
    values = [[column.value(row) for column in columns] for row in rows]
    _write_down(kind, len(values))
    return send_file(
        io.BytesIO(write([[taken], [column.label for column in columns], *values])),
        mimetype=mimetype,
        as_attachment=True,
        download_name=f"{name}-{local_day(now())}.{kind}",
    )


def _write_down(kind: str, rows: int) -> None:
    """Who took a list along, and how it was narrowed; what was searched for may be a client, and is not told."""
    asked = [(name, value) for name, value in request.args.items() if value and name not in ("q", "after")]
    filters = ", ".join(f"{name[:_MOST_LETTERS]}={value[:_MOST_LETTERS]}" for name, value in asked[:_MOST_FILTERS])
    facts = {"list": request.path, "kind": kind, "rows": rows, "filters": filters or None}
    with database().transaction() if only_reads() else nullcontext(db()) as session:
        audit.record(session, actor(), now(), "list_exported", "lists", **facts)


def _workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    return spreadsheets.workbook_file(spreadsheets.Sheet(rows, widths=[20] * len(rows[1]), bold=(2,)))


_WRITERS = {"csv": (spreadsheets.csv_file, spreadsheets.CSV), "xlsx": (_workbook, spreadsheets.XLSX)}
