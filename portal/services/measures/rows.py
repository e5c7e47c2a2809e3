"""The very rows that a figure counts: a page of them, as many as its part or its whole says."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import month_end, month_start
from ...models import Deal, MeasureEntry, Showing, ShowingReview
from ...rules.measures.board import Measure
from ...session import Session
from . import counting, entries, figures
from .counting import COUNTS, STANDS


class Side(StrEnum):
    """Which side of a figure."""

    PART = "part"
    WHOLE = "whole"


def of_figure(
    actor: Actor, measure: Measure, side: Side, month: str, development_id: int | None
) -> Select[Deal] | Select[Showing] | Select[MeasureEntry]:
    """The rows of one side of a figure, each once. What lives elsewhere has the entries that it was told by."""
    if measure in entries.ELSEWHERE:
        entered = entries.listing(actor, month, development_id)
        return entered.where(MeasureEntry.measure == measure, figures.stands())
    if measure is Measure.AGENCIES and side is Side.WHOLE:
        return _showings(actor, month, development_id)
    stmt = visible(actor, Deal).where(STANDS, *_within(Deal.signed_at, month))
    if development_id is not None:
        stmt = stmt.where(Deal.development_id == development_id)
    if side is Side.PART:
        part = counting.of_agencies() if measure is Measure.AGENCIES else Deal.touch.has(counting.of_referral())
        stmt = stmt.where(part)
    return stmt.options(joinedload(Deal.development), joinedload(Deal.agency), joinedload(Deal.touch))


def count(session: Session, measure: Measure, side: Side, month: str, development_id: int | None) -> int:
    """How many rows there are, as the board says; of what was entered, the sum that they say."""
    figure = figures.of_months(session, [month], development_id)[month, development_id][measure]
    return (figure.part if side is Side.PART else figure.whole) or 0


def _showings(actor: Actor, month: str, development_id: int | None) -> Select[Showing]:
    stmt = visible(actor, Showing).outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
    stmt = stmt.where(COUNTS, *_within(Showing.at, month))
    if development_id is not None:
        stmt = stmt.where(Showing.development_id == development_id)
    return stmt.options(joinedload(Showing.development), joinedload(Showing.agency), joinedload(Showing.broker))


def _within(column: Any, month: str) -> tuple[Any, Any]:
    return column >= month_start(month), column < month_end(month)
