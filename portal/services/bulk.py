"""Writing many rows at once, past the mapper: COPY on PostgreSQL, `executemany` on SQLite.

A close writes some rows for every deal of a month. Made as objects they would cost twenty times what they cost here,
and stay in memory. Values go in as the tables' types store them, so that a row reads back the same either way.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import JSON

from ..access.actor import Actor
from ..models import AuditEntry, Base, Event
from ..rules.notifications.kind import check_facts
from ..rules.notifications.kinds import KINDS
from ..session import Session
from . import facts
from .events.telling import Concerned

_DUMPS = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


def insert_rows(session: Session, model: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows, each a sequence of Python values in the order of `columns`."""
    connection = session.connection()
    preparer = connection.dialect.identifier_preparer
    table, names = preparer.format_table(model.__table__), ", ".join(map(preparer.quote, columns))
    noted = facts.noting(session, model, columns, iter(rows))
    stored = map(_storing(model, columns, connection.dialect), noted)
    if connection.dialect.name == "postgresql":
        raw: Any = connection.connection.driver_connection
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in stored:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    values = list(stored)
    if values:
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608 - names of ours


def note_many(
    session: Session, actor: Actor, now: datetime, deed: str, model: type[Base], facts: Iterable[tuple[int, Any]]
) -> None:
    """`audit.record` of a deed on many rows of a table: the id of each, and its facts."""
    columns = ("at", "actor_id", "action", "subject_kind", "subject_id", "address", "facts")
    rows = ((now, actor.person_id, deed, model.__tablename__, key, actor.address, one) for key, one in facts)
    insert_rows(session, AuditEntry, columns, rows)


def tell_many(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: str,
    model: type[Base],
    told: Iterable[tuple[int, Concerned, Mapping[str, Any]]],
) -> None:
    """`telling.tell` of many rows of a table: the id of each, whom it concerns, and its facts."""
    columns = (
        "kind",
        "at",
        "subject_kind",
        "subject_id",
        "person_id",
        "agency_id",
        "development_id",
        "actor_id",
        "facts",
    )
    table, by = model.__tablename__, actor.person_id
    rows = [
        (kind, now, table, key, whom.person, whom.agency, whom.development, by, dict(facts))
        for key, whom, facts in told
    ]
    for row in rows:
        check_facts(kind, KINDS[kind], table, row[-1])
    insert_rows(session, Event, columns, rows)
    session.note_told()


def take_ids(session: Session, model: type[Base], count: int) -> Sequence[int]:
    """That many ids for new rows of a table, rising.

    On SQLite the caller holds the write lock, so nobody else can take them; on PostgreSQL they come from the sequence.
    """
    if session.connection().dialect.name == "postgresql":
        sequence = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
        return session.scalars(sequence, {"table": model.__tablename__, "count": count}).all()
    last = session.scalar(select(func.max(model.__table__.c.id))) or 0
    return range(last + 1, last + 1 + count)


def _storing(model: type[Base], columns: Sequence[str], dialect: Dialect) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """What turns a row of Python values into what the driver stores."""
    processors = [_processor(model.__table__.c[name].type, dialect) for name in columns]
    special = [(place, processor) for place, processor in enumerate(processors) if processor is not None]

    def stored(row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, processor in special:
            if values[place] is not None:
                values[place] = processor(values[place])
        return tuple(values)

    return stored


def _processor(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, JSON) or isinstance(kind.dialect_impl(dialect), JSON):
        return _DUMPS
    if getattr(kind, "enum_class", None) is not None:
        return _word
    processor: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor


def _word(value: str | StrEnum) -> str:
    return value.value if isinstance(value, StrEnum) else value
