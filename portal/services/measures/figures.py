"""The board's figures: counted from deals and showings, and what was entered, by month and development.

What each counts, and by which instant, stands in docs/measures.md, with a plain query that a test holds equal to this.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Label, Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ...clock import month_end, month_start
from ...models import Deal, Decision, MeasureEntry, Showing, ShowingReview, Touch, TouchKind, Verdict
from ...rules.measures.board import OWN_DATA, Figure, Measure
from ...session import Session

Key = tuple[str, int | None]
"""A month, and a development or all together."""

Figures = Mapping[Measure, Figure]

STANDS = and_(Deal.signed_at.is_not(None), Deal.cancelled_at.is_(None))
"""A deal that counts: signed, and not cancelled since."""

_VERIFIED = and_(ShowingReview.id.is_(None), Showing.verdict == Verdict.VERIFIED)
COUNTS = or_(ShowingReview.decision == Decision.GENUINE, _VERIFIED)
"""A showing that counts, beside its review (an outer join)."""


def of_months(session: Session, months: Sequence[str], development_id: int | None = None) -> dict[Key, Figures]:
    """The figures of successive months: of each development that has any, and of all together. Only of one, where one
    is named."""
    found: dict[Key, dict[Measure, Figure]] = {(month, development_id): nothing() for month in months}
    for key, measure, figure in [
        *_deals(session, months, development_id),
        *_showings(session, months, development_id),
        *_entered(session, months, development_id),
    ]:
        for one in {key, (key[0], development_id)}:
            figures = found.setdefault(one, nothing())
            figures[measure] = figures[measure] + figure
    return dict(found)


def nothing() -> dict[Measure, Figure]:
    """What the portal counts itself is known even where nothing happened."""
    return {measure: Figure(0, 0) if measure in OWN_DATA else Figure() for measure in Measure}


def was_shown() -> ColumnElement[bool]:
    """Whether a deal's client had been shown before the signing, by a showing that counts."""
    shown = select(Showing.id).outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
    return shown.where(Showing.touch_id == Deal.touch_id, Showing.at <= Deal.signed_at, COUNTS).correlate(Deal).exists()


def of_agencies() -> ColumnElement[bool]:
    """The part of the agencies' figure: their deals whose client had been shown."""
    return and_(Deal.agency_id.is_not(None), was_shown())


def of_referral() -> ColumnElement[bool]:
    """The part of the referral's figure, beside the deal's touch."""
    return Touch.kind == TouchKind.REFERRAL_LEAD


_MONTH = "month_of_it"

_Rows = list[tuple[Key, Measure, Figure]]


def _deals(session: Session, months: Sequence[str], development_id: int | None) -> _Rows:
    month = _month(Deal.signed_at, months)
    shown = func.count(case((of_agencies(), Deal.id)))
    referred = func.count(case((of_referral(), Deal.id)))
    stmt: Any = select(month, Deal.development_id, func.count(Deal.id), shown, referred)
    stmt = stmt.outerjoin(Touch, Touch.id == Deal.touch_id).where(STANDS, *_within(Deal.signed_at, months))
    rows = session.execute(_grouped(stmt, Deal.development_id, development_id)).all()
    found: _Rows = [((at, key), Measure.AGENCIES, Figure(part, 0)) for at, key, _all, part, _referred in rows]
    return found + [((at, key), Measure.REFERRAL, Figure(part, whole)) for at, key, whole, _shown, part in rows]


def _showings(session: Session, months: Sequence[str], development_id: int | None) -> _Rows:
    month = _month(Showing.at, months)
    stmt: Any = select(month, Showing.development_id, func.count(Showing.id))
    stmt = stmt.outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
    stmt = stmt.where(COUNTS, *_within(Showing.at, months))
    rows = session.execute(_grouped(stmt, Showing.development_id, development_id))
    return [((at, key), Measure.AGENCIES, Figure(0, whole)) for at, key, whole in rows]


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


def _month(column: InstrumentedAttribute[Any], months: Sequence[str]) -> Label[str]:
    """In which of successive months an instant lies, under the name by which it is grouped."""
    return case(*((column < month_end(month), month) for month in months), else_=None).label(_MONTH)


def _within(column: InstrumentedAttribute[Any], months: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return column >= month_start(months[0]), column < month_end(months[-1])


def _grouped(stmt: Select[Any], development: InstrumentedAttribute[int], wanted: int | None) -> Select[Any]:
    if wanted is not None:
        stmt = stmt.where(development == wanted)
    return stmt.group_by(_MONTH, development)
