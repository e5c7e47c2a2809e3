"""Lists, a page at a time, newest first.

A page is found by the last id of the page before it (`?after=`), never by counting rows over: the hundredth page costs
what the first does, and rows that arrive meanwhile neither repeat a line nor hide one. A list in the order of something
else, such as a risk, is found by that and the id; it must be a figure that never changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from flask import abort
from sqlalchemy import Select, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from ...session import Session

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SIZE = 30
"""Rows a page: about three screens of a phone."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the page after them; None on the last page."""

    rows: Sequence[T]
    next_cursor: int | str | None


def page_of(
    session: Session,
    stmt: Select[T],
    id_column: InstrumentedAttribute[int],
    after: str | None,
    size: int = SIZE,
    *,
    ascending: bool = False,
) -> Page[T]:
    """One page of a query over rows with an id, newest first; `after` is the cursor as it stands in the address.

    The query brings its filters and no order. Answers 404 for a cursor that is no number: it was never offered.
    """
    if after:
        stmt = stmt.where(id_column > _number(after) if ascending else id_column < _number(after))
    order = id_column.asc() if ascending else id_column.desc()
    rows: Sequence[Any] = session.scalars(stmt.order_by(order).limit(size + 1)).all()
    shown = rows[:size]
    return Page(shown, getattr(shown[-1], id_column.key) if len(rows) > size else None)


def ranked_page_of(
    session: Session,
    stmt: Select[T],
    rank_column: InstrumentedAttribute[int],
    id_column: InstrumentedAttribute[int],
    after: str | None,
    size: int = SIZE,
) -> Page[T]:
    """One page of a query over rows with a rank, the highest first, and among equals the newest. The cursor is
    `rank.id`. Answers 404 for one that was never offered."""
    if after:
        rank, _dot, key = after.partition(".")
        stmt = stmt.where(tuple_(rank_column, id_column) < tuple_(_number(rank), _number(key)))
    rows: Sequence[Any] = session.scalars(stmt.order_by(rank_column.desc(), id_column.desc()).limit(size + 1)).all()
    shown = rows[:size]
    last = shown[-1] if len(rows) > size else None
    return Page(shown, f"{getattr(last, rank_column.key)}.{getattr(last, id_column.key)}" if last else None)


def dated_page_of(
    session: Session,
    stmt: Select[T],
    at_column: InstrumentedAttribute[Any],
    id_column: InstrumentedAttribute[int],
    after: str | None,
    size: int = SIZE,
) -> Page[T]:
    """One page of a query over rows with an instant, the latest first, found by an index of it however old they are.
    The cursor is `microseconds.id`. Answers 404 for one that was never offered."""
    if after:
        passed, _dot, key = after.partition(".")
        at = _instant(_number(passed))
        stmt = stmt.where(at_column <= at, or_(at_column < at, id_column < _number(key)))
    rows: Sequence[Any] = session.scalars(stmt.order_by(at_column.desc(), id_column.desc()).limit(size + 1)).all()
    shown = rows[:size]
    last = shown[-1] if len(rows) > size else None
    if last is None:
        return Page(shown, None)
    passed = (getattr(last, at_column.key) - _EPOCH) // timedelta.resolution
    return Page(shown, f"{passed}.{getattr(last, id_column.key)}")


def _instant(microseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        abort(404)


def _number(after: str) -> int:
    if not (after.isascii() and after.isdigit() and len(after) < 19):  # a longer one is no 64-bit id
        abort(404)
    return int(after)
