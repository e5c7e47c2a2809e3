"""The board's figures: counted from deals and showings, and what was entered, by month and development.

What each counts, and by which instant, stands in docs/measures.md, with a plain query that a test holds equal to this.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from ...models import MeasureEntry
from ...rules.measures.board import OWN_DATA, Figure, Measure
from ...session import Session
from . import day_figures

Key = tuple[str, int | None]
"""A month, and a development or all together."""

Figures = Mapping[Measure, Figure]


def of_months(session: Session, months: Sequence[str], development_id: int | None = None) -> dict[Key, Figures]:
    """The figures of successive months: of each development that has any, and of all together. Only of one, where one
    is named."""
    found: dict[Key, dict[Measure, Figure]] = {(month, development_id): nothing() for month in months}
    for key, measure, figure in [
        *_counted(session, months, development_id),
        *_entered(session, months, development_id),
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


def _entered(session: Session, months: Sequence[str], development_id: int | None) -> _Rows:
    of = MeasureEntry
    stmt = select(of.month, of.development_id, of.measure, of.part, of.whole).where(of.month.in_(months), stands())
    if development_id is not None:
        stmt = stmt.where(of.development_id == development_id)
    return [((month, key), measure, Figure(part, whole)) for month, key, measure, part, whole in session.execute(stmt)]


def stands() -> ColumnElement[bool]:
    """That no later entry takes the place of one."""
    later = aliased(MeasureEntry)
    return ~select(later.id).where(later.corrects_id == MeasureEntry.id).correlate(MeasureEntry).exists()
