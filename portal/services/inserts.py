"""Inserting what may be there already: the database decides who was first, and nobody waits for an exception."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, TextClause
from sqlalchemy.dialects import postgresql, sqlite

from ..models import Base
from ..session import Session
from . import facts

_DIALECTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_unless_there(
    session: Session,
    model: type[Base],
    unique: tuple[str, ...],
    where: ColumnElement[bool] | TextClause | None = None,
    **values: Any,
) -> int | None:
    """Insert a row and return its id, or None where the unique index already has such a row.

    `unique` are the index's columns (none: any of the table's) and `where` its condition if it is a partial one: a
    conflict with any other constraint is still an error. A transaction under way with the same row is waited for;
    after None its row is committed and can be read.
    """
    insert = _DIALECTS[session.connection().dialect.name]
    stmt = insert(model).values(**values).on_conflict_do_nothing(index_elements=list(unique) or None, index_where=where)
    inserted: int | None = session.scalar(stmt.returning(model.__table__.c.id))
    if inserted is not None:
        facts.note(session, model, [inserted])
    return inserted


def insert_many_unless_there(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those of these rows that are not there. For tables that no fact is entered of."""
    insert = _DIALECTS[session.connection().dialect.name]
    session.execute(insert(model).values(list(rows)).on_conflict_do_nothing())
