"""Which data keys the rows of the database need: each sealed value begins with the id of its key (`portal.crypto`)."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Column, ColumnElement, func, select

from ...crypto import KEY_ID_BYTES
from ...session import Session
from .sealed_columns import SealedColumn, sealed_columns


def is_sealed(column: Column[bytes]) -> ColumnElement[bool]:
    """For the database: that something stands there. What was erased on request is empty, and needs no key."""
    return func.length(column) > 0


def key_names(session: Session) -> set[str]:
    """The names of all keys by which something is sealed in a row. Reads every sealed column."""
    return {name for _, names in rows_by_column(session) for name in names}


def rows_by_key(session: Session) -> dict[str, Counter[str]]:
    """How many values of which table each key sealed, by the key's name. Reads every sealed column."""
    found: dict[str, Counter[str]] = {}
    for sealed, names in rows_by_column(session):
        for name, count in names.items():
            found.setdefault(name, Counter())[sealed.column.table.name] += count
    return found


def rows_by_column(session: Session) -> Iterator[tuple[SealedColumn, Counter[str]]]:
    """How many values of each column which key sealed, by the key's name. Reads every sealed column."""
    for sealed in sealed_columns():
        column = sealed.column
        begins = func.substr(column, 1, KEY_ID_BYTES)
        rows = session.execute(select(begins, func.count()).where(is_sealed(column)).group_by(begins))
        yield sealed, Counter({bytes(key).hex(): count for key, count in rows})
