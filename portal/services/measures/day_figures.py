"""Days that are counted once and kept: a year of the board is a sum of few rows, and is exact all the same.

Each change marks its day in its own transaction. Who reads takes what is kept of the days that are not marked, and
counts the others from their rows; a sweep counts these and takes the marks away (ADR 108).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import case, delete, func, insert, literal, select, tuple_, union_all

from ...clock import local_day, month_end, month_start
from ...models import DayFigures, DayMark
from ...session import Session
from ..locks import wait_in_line
from .counting import NOTHING, Counted, Place, count

_AT_ONCE = 500
"""Pairs of a statement that are named one by one."""
_DAY = timedelta(days=1)


def by_month(
    session: Session, months: Sequence[str], development_id: int | None = None
) -> dict[tuple[str, int], Counted]:
    """What successive months of each development that has any came to, of this instant."""
    found: dict[tuple[str, int], Counted] = {}
    marked: list[Place] = []
    for day, place, is_marked, *counts in session.execute(_kept_and_marked(tuple(months), development_id)):
        if is_marked:
            marked.append((day, place))
        else:
            found[f"{day:%Y-%m}", place] = Counted(*map(int, counts))
    for (day, place), counted in count(session, marked).items():
        if counted != NOTHING:
            key = f"{day:%Y-%m}", place
            found[key] = _sum(found.get(key, NOTHING), counted)
    return found


def count_due(session: Session) -> int:
    """Count the marked days anew, and keep that; how many there were.

    The marks go first: what is counted behind that knows of every change that they tell of. Two sweeps go one after
    the other, or the one that counted first could write last.
    """
    wait_in_line(session, "days")
    gone = session.execute(delete(DayMark).returning(DayMark.day, DayMark.development_id))
    counted = count(session, {(day, place) for day, place in gone})
    places = list(counted)
    for start in range(0, len(places), _AT_ONCE):
        these = tuple_(DayFigures.day, DayFigures.development_id).in_(places[start : start + _AT_ONCE])
        session.execute(delete(DayFigures).where(these))
    rows = [_row(place, one) for place, one in counted.items() if one != NOTHING]
    if rows:
        session.execute(insert(DayFigures), rows)
    return len(counted)


@lru_cache(maxsize=64)
def _kept_and_marked(months: Sequence[str], development_id: int | None) -> Any:
    """The sums by month of the days that are not marked, and the marked days: one statement, so that no day that is
    marked meanwhile is in neither or in both."""
    first, last = local_day(month_start(months[0])), local_day(month_end(months[-1]) - _DAY)
    is_marked = select(DayMark.id).where(
        DayMark.day == DayFigures.day, DayMark.development_id == DayFigures.development_id
    )
    month = case(*((DayFigures.day < local_day(month_end(one)), one) for one in months))
    sums = (func.sum(one) for one in (DayFigures.deals, DayFigures.shown, DayFigures.referred, DayFigures.showings))
    kept = select(func.min(DayFigures.day), DayFigures.development_id, literal(0), *sums)
    kept = kept.where(DayFigures.day.between(first, last), ~is_marked.exists())
    kept = kept.group_by(month, DayFigures.development_id)
    marked = select(DayMark.day, DayMark.development_id, literal(1), *[literal(0)] * 4)
    marked = marked.where(DayMark.day.between(first, last)).distinct()
    if development_id is not None:
        kept = kept.where(DayFigures.development_id == development_id)
        marked = marked.where(DayMark.development_id == development_id)
    return union_all(kept, marked)


def _sum(one: Counted, other: Counted) -> Counted:
    return Counted(
        one.deals + other.deals,
        one.shown + other.shown,
        one.referred + other.referred,
        one.showings + other.showings,
    )


def _row(place: tuple[date, int], counted: Counted) -> dict[str, Any]:
    return {
        "day": place[0],
        "development_id": place[1],
        "deals": counted.deals,
        "shown": counted.shown,
        "referred": counted.referred,
        "showings": counted.showings,
    }
