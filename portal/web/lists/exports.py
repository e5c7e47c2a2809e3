"""Lists as files for a spreadsheet, which say who took them and when (rules 9)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar, cast

from flask import Response, abort, g, request, send_file
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select

from ...adapters.sheets import spreadsheets
from ...clock import local_day
from ...services import audit
from ..components import instant
from ..edge import actor, database, db, now, only_reads

T = TypeVar("T")

_IN_MEMORY = 1_000_000
"""Bytes of a file that are not worth the disk."""
_AT_ONCE = 1_000
"""Rows that are brought from the database at a time."""
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

    The rows must carry what the columns ask for: a column never queries. They are read and written one at a time; what
    is large waits on the disk. Who took which list is written down.
    """
    if kind not in _WRITERS:
        abort(404)
    write, mimetype = _WRITERS[kind]
    taken = _("Exported by %(person)s on %(instant)s", person=current_user.person.name, instant=instant(now()))
    written = 0

    def lines() -> Iterator[Sequence[Any]]:
        nonlocal written
        yield [taken]
        yield [column.label for column in columns]
        for written, row in enumerate(rows, 1):  # noqa: B007 - how many there were
            yield [column.value(row) for column in columns]

    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the response
    write(file, lines(), len(columns))
    _write_down(kind, written)
    g.exported_rows = written
    length = file.tell()
    file.seek(0)
    name = f"{name}-{local_day(now())}.{kind}"
    response = send_file(cast(IO[bytes], file), mimetype=mimetype, as_attachment=True, download_name=name)
    response.content_length = length
    return response


def every(stmt: Select[T]) -> Iterable[T]:
    """All rows of a query, brought a portion at a time."""
    return db().scalars(stmt.execution_options(yield_per=_AT_ONCE))


def portions(stmt: Select[T]) -> Iterator[Sequence[T]]:
    """All rows of a query, a portion at a time, for what is looked up once for all rows of a portion."""
    return db().scalars(stmt.execution_options(yield_per=_AT_ONCE)).partitions()


def _write_down(kind: str, rows: int) -> None:
    """Who took a list along, and how it was narrowed; what was searched for may be a client, and is not told."""
    asked = [(name, value) for name, value in request.args.items() if value and name not in ("q", "after")]
    filters = ", ".join(f"{name[:_MOST_LETTERS]}={value[:_MOST_LETTERS]}" for name, value in asked[:_MOST_FILTERS])
    facts = {"list": request.path, "kind": kind, "rows": rows, "filters": filters or None}
    if (schedule := g.get("export_schedule")) is not None:
        facts["schedule"] = schedule
    with database().transaction() if only_reads() else nullcontext(db()) as session:
        audit.record(session, actor(), now(), "list_exported", "lists", **facts)


def _csv(file: IO[bytes], rows: Iterable[Sequence[Any]], _columns: int) -> None:
    spreadsheets.write_csv(file, rows)


def _workbook(file: IO[bytes], rows: Iterable[Sequence[Any]], columns: int) -> None:
    spreadsheets.write_workbook(file, spreadsheets.Sheet(rows, widths=[20] * columns, bold=(2,)))


_Write = Callable[[IO[bytes], Iterable[Sequence[Any]], int], None]
_WRITERS: dict[str, tuple[_Write, str]] = {"csv": (_csv, spreadsheets.CSV), "xlsx": (_workbook, spreadsheets.XLSX)}
