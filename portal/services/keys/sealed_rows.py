"""Which data keys the rows of the database need: each sealed value begins with the id of its key (`portal.crypto`)."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Column, LargeBinary, func, select
from sqlalchemy.orm import Session

from ...crypto import KEY_ID_BYTES
from ...models import Base


def key_names(session: Session) -> set[str]:
    """The names of all keys by which something is sealed in a row. Reads every sealed column."""
    return {name for names in _by_table(session) for name in names[1]}


def rows_by_key(session: Session) -> dict[str, Counter[str]]:
    """How many values of which table each key sealed, by the key's name. Reads every sealed column."""
    found: dict[str, Counter[str]] = {}
    for table, names in _by_table(session):
        for name, count in names.items():
            found.setdefault(name, Counter())[table] += count
    return found


def sealed_columns() -> list[Column[bytes]]:
    """Every column that holds what the vault sealed: it is called so."""
    columns = (column for table in Base.metadata.sorted_tables for column in table.c)
    return [one for one in columns if isinstance(one.type, LargeBinary) and one.name.endswith("_sealed")]


def _by_table(session: Session) -> Iterator[tuple[str, Counter[str]]]:
    for column in sealed_columns():
        begins = func.substr(column, 1, KEY_ID_BYTES)
        rows = session.execute(select(begins, func.count()).where(column.is_not(None)).group_by(begins))
        yield column.table.name, Counter({bytes(key).hex(): count for key, count in rows})
