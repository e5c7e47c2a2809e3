"""What was stored or erased since somebody last looked: how a process's memory of the database stays current.

Tables that are followed have a column `changed`, which the database itself sets whenever a row is stored or erased,
whoever does it (migration 0005):

- SQLite has one writer at a time, so `changed` counts up in the order of commits, in each development.
- On PostgreSQL transactions commit in any order, so a counter would let a reader pass by a lower number that commits
  later. There `changed` is the number of the writing transaction, and a reader goes on from the oldest one that was
  still under way: everything older is finished for good, the rest it reads again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Result, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from ...models import FaceTemplate, Photo
from ...session import Session

_SETTLED: ColumnElement[int] = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
_BEGUN = """changed <= greatest(
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_current_xact_id_if_assigned()::text::bigint)"""
"""Of transactions that others have ended, or of this one, so far. A restored PostgreSQL counts anew: rows that came
with the backup may bear numbers that lie ahead, and must not be read again and again for it."""

_AT_ONCE = 1_000
"""Rows in memory at a time: the first reading may be of a hundred thousand."""


class Feed:
    """The news of one development's rows (of those without one, for None). Reading may bring a row again."""

    def __init__(self, model: type[FaceTemplate] | type[Photo], development_id: int | None) -> None:
        self._model = model
        self._here = model.development_id == development_id  # None makes it IS NULL
        self._since: int | None = None

    @contextmanager
    def news(
        self, session: Session, columns: Sequence[InstrumentedAttribute[Any]], which: ColumnElement[bool] | None = None
    ) -> Iterator[Result[*tuple[Any, ...]]]:
        """The rows that changed since the last time; at first all. They count as read once the block is through.

        Where to go on from is asked before: what commits in between is read twice.
        """
        onwards = session.scalars(select(self._settled_before(session))).one()
        changed = select(*columns).where(self._here)
        if self._since is not None:
            changed = changed.where(self._model.changed >= self._since)
            if _on_postgresql(session):
                changed = changed.where(literal_column(_BEGUN))
        wanted = changed if which is None else changed.where(which)
        yield session.execute(wanted.execution_options(yield_per=_AT_ONCE))
        self._since = onwards

    def _settled_before(self, session: Session) -> ColumnElement[int]:
        """The number before which no change can appear any more."""
        if _on_postgresql(session):
            return _SETTLED
        last = select(func.max(self._model.changed)).where(self._here).scalar_subquery()
        return func.coalesce(last, 0) + 1


def _on_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
