"""What counts of deals and showings, and how many of each there are by day and development: read from their very rows.

`day_figures` keeps what this says, and a test holds both equal, whatever happens in which order.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from ...clock import day_start
from ...models import Deal, Decision, Showing, ShowingReview, Touch, TouchKind, Verdict
from ...session import Session

Place = tuple[date, int]
"""A day of a development."""

STANDS = and_(Deal.signed_at.is_not(None), Deal.cancelled_at.is_(None))
"""A deal that counts: signed, and not cancelled since."""

_VERIFIED = and_(ShowingReview.id.is_(None), Showing.verdict == Verdict.VERIFIED)
COUNTS = or_(ShowingReview.decision == Decision.GENUINE, _VERIFIED)
"""A showing that counts, beside its review (an outer join)."""

_DAY = timedelta(days=1)


class shanghai_day(GenericFunction[date]):  # noqa: N801 - a function of the database
    """The Shanghai day of an instant."""

    type = Date()
    inherit_cache = True


@compiles(shanghai_day, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, '+8 hours')"


@compiles(shanghai_day, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AT TIME ZONE 'Asia/Shanghai' AS DATE)"


@dataclass(frozen=True, slots=True)
class Counted:
    """What some time of a development came to: deals that stand, those of agencies whose client had been shown, those
    that a referral brought; showings that count."""

    deals: int = 0
    shown: int = 0
    referred: int = 0
    showings: int = 0


NOTHING = Counted()


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


def count(session: Session, places: Collection[Place]) -> dict[Place, Counted]:
    """What each of these days of developments came to, counted now. Days that follow each other are counted at once."""
    found = dict.fromkeys(places, NOTHING)
    for first, last, developments in _runs(places):
        within = day_start(first), day_start(last + _DAY)
        showings = {(day, one): many for day, one, many in session.execute(_showings(within, developments))}
        deals = {(day, one): counts for day, one, *counts in session.execute(_deals(within, developments))}
        for key in {*showings, *deals} & found.keys():
            all_of_them, shown, referred = deals.get(key, (0, 0, 0))
            found[key] = Counted(all_of_them, shown, referred, showings.get(key, 0))
    return found


def _deals(within: tuple[Any, Any], developments: Collection[int]) -> Any:
    day = shanghai_day(Deal.signed_at)
    shown = func.count(case((of_agencies(), Deal.id)))
    referred = func.count(case((of_referral(), Deal.id)))
    stmt = select(day, Deal.development_id, func.count(Deal.id), shown, referred)
    stmt = stmt.outerjoin(Touch, Touch.id == Deal.touch_id).where(STANDS, Deal.development_id.in_(developments))
    return stmt.where(Deal.signed_at >= within[0], Deal.signed_at < within[1]).group_by(day, Deal.development_id)


def _showings(within: tuple[Any, Any], developments: Collection[int]) -> Any:
    day = shanghai_day(Showing.at)
    stmt = select(day, Showing.development_id, func.count(Showing.id))
    stmt = stmt.outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
    stmt = stmt.where(COUNTS, Showing.development_id.in_(developments))
    return stmt.where(Showing.at >= within[0], Showing.at < within[1]).group_by(day, Showing.development_id)


def _runs(places: Collection[Place]) -> Iterator[tuple[date, date, set[int]]]:
    """Days that follow each other, the first and the last of them, with the developments of any of them."""
    run: list[Place] = []
    for place in sorted(places):
        if run and place[0] > run[-1][0] + _DAY:
            yield _run(run)
            run = []
        run.append(place)
    if run:
        yield _run(run)


def _run(run: Sequence[Place]) -> tuple[date, date, set[int]]:
    return run[0][0], run[-1][0], {development_id for _day, development_id in run}
