"""The board's figures: counted from deals and showings, and what was entered, by month and development.

What each counts, and by which instant, stands in docs/measures.md, with a plain query that a test holds equal to this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from ...models import MeasureEntry
from ...rules.measures.board import OWN_DATA, Figure, Measure
from ...session import Session
from . import day_figures

Key = tuple[str, int | None]
"""A month, and a development or all together."""

Figures = Mapping[Measure, Figure]


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure as somebody entered it. `stands`: no later entry takes its place."""

    month: str
    development_id: int | None
    measure: Measure
    figure: Figure
    at: datetime
    stands: bool


def of_months(
    session: Session, months: Sequence[str], development_id: int | None = None, entered: Sequence[Entry] | None = None
) -> dict[Key, Figures]:
    """The figures of successive months: of each development that has any, and of all together. Only of one, where one
    is named. `entered`: the `entries` of these months, where they are at hand."""
    found: dict[Key, dict[Measure, Figure]] = {(month, development_id): nothing() for month in months}
    for key, measure, figure in [
        *_counted(session, months, development_id),
        *_entered(entries(session, months) if entered is None else entered, development_id),
    ]:
        for one in {key, (key[0], development_id)}:
            figures = found.setdefault(one, nothing())
            figures[measure] = figures[measure] + figure
    return dict(found)


def nothing() -> dict[Measure, Figure]:
    """What the portal counts itself is known even where nothing happened."""
    return {measure: Figure(0, 0) if measure in OWN_DATA else Figure() for measure in Measure}


_Rows = list[tuple[Key, Measure, Figure]]


def _counted(session: Session, months: Sequence[str], development_id: int | None) -> _Rows:
    found: _Rows = []
    for key, counted in day_figures.by_month(session, months, development_id).items():
        found.append((key, Measure.AGENCIES, Figure(counted.shown, counted.showings)))
        found.append((key, Measure.REFERRAL, Figure(counted.referred, counted.deals)))
    return found


def _entered(entered: Sequence[Entry], development_id: int | None) -> _Rows:
    return [
        ((one.month, one.development_id), one.measure, one.figure)
        for one in entered
        if one.stands and development_id in (None, one.development_id)
    ]


def entries(session: Session, months: Sequence[str]) -> list[Entry]:
    """All that was ever entered for some months."""
    of = MeasureEntry
    columns = of.month, of.development_id, of.measure, of.at, stands(), of.part, of.whole
    rows = session.execute(select(*columns).where(of.month.in_(months)))
    return [Entry(month, key, measure, Figure(*parts), at, now) for month, key, measure, at, now, *parts in rows]


@cache
def stands() -> ColumnElement[bool]:
    """That no later entry takes the place of one."""
    later = aliased(MeasureEntry)
    return ~select(later.id).where(later.corrects_id == MeasureEntry.id).correlate(MeasureEntry).exists()
