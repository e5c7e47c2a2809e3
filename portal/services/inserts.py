"""Inserting what may be there already: the database decides who was first, and nobody waits for an exception."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, TextClause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.visitors import ExternallyTraversible

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
    dialect = session.connection().dialect.name
    made = _statement if isinstance(where, ColumnElement) else _ready
    inserted: int | None = session.scalar(made(dialect, model, unique, where), values)
    if inserted is not None:
        facts.note(session, model, [inserted])
    return inserted


def insert_many_unless_there(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those of these rows that are not there. For tables that no fact is entered of."""
    insert = _DIALECTS[session.connection().dialect.name]
    session.execute(insert(model).values(list(rows)).on_conflict_do_nothing())


def _statement(
    dialect: str, model: type[Base], unique: tuple[str, ...], where: ColumnElement[bool] | TextClause | None
) -> ReturningInsert[Any]:
    table = model.__table__
    stmt = _DIALECTS[dialect](table)
    stmt = stmt.on_conflict_do_nothing(index_elements=list(unique) or None, index_where=_written_out(where))
    made: ReturningInsert[Any] = stmt.returning(table.c.id)
    return made


_ready = cache(_statement)
"""The same again for who said the same: a condition that is made anew each time is nobody's twice."""


def _written_out(where: ColumnElement[bool] | TextClause | None) -> ColumnElement[bool] | TextClause | None:
    """The index's condition with its values in the text. PostgreSQL plans what a connection says for the eleventh time
    without looking at its parameters, and then knows no index of this condition."""
    if not isinstance(where, ColumnElement):
        return where

    def said(element: ExternallyTraversible, **_given: Any) -> ExternallyTraversible | None:
        return element.render_literal_execute() if isinstance(element, BindParameter) else None

    return visitors.replacement_traverse(where, {}, said)
