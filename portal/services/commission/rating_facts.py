"""What commission is reckoned from: deals, the plans that they keep, what was posted for them, and seals.

`commissions` rates and compares; here its facts are read, in a handful of queries whatever the number of deals. All of
them take a condition over deals, so that one cancellation and the close of a month read the same way. It is asked of an
agency's deals and, by the same words, of its parts of deals (`held`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Result, and_, case, cast, func, null, or_, select, tuple_, union_all

from commissions import rating
from commissions.accrual import Cause, Line, Posted, accrue
from commissions.calendar import labels_ending_with, widest, window_bounds, window_label
from commissions.parts import Spell
from commissions.plan import Plan, Scope
from commissions.rating import Moved, Rated, Seals, WindowKey

from ...models import (
    Corrected,
    CorrectedFact,
    Correction,
    Deal,
    DealPart,
    Milestone,
    MilestoneKind,
    Period,
    PlanVersion,
    PostedLine,
    Showing,
    Strike,
    WindowSeal,
)
from ...session import Session
from ...types import BigInt
from . import held, plans
from .held import OF_DEAL, OF_PART, Around, Held


class Place(NamedTuple):
    """Where and when something changed: every window that holds it is looked at."""

    development_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Book:
    """What is known of an agency's windows: deals, plans by version id, fen posted, and seals.

    `beyond` are the deals that have left one of these windows by a correction: their empty places are counted, but
    the windows that they are in now are not here, so nothing is said of them. `touched` are the windows, as a scope
    and a label, in which something may have changed.
    """

    deals: list[rating.Deal]
    plans: dict[int, Plan]
    posted: Posted
    sealed: Seals = field(default_factory=dict)
    beyond: frozenset[int] = frozenset()
    touched: frozenset[tuple[str, str]] = frozenset()
    _rated: list[Rated] = field(default_factory=list, init=False, repr=False, compare=False)

    def rated(self) -> list[Rated]:
        """What each deal earns, in their order; rated once."""
        if not self._rated:
            self._rated.extend(rating.rate(self.deals, self.plans, self.sealed))
        return self._rated

    def delta(self, cause: Cause | None = None, about: Collection[int] | None = None) -> tuple[Line, ...]:
        """The lines that bring what was posted to what is due (see `accrue`)."""
        lines = accrue(self.deals, self.plans, self.posted, cause, about=about, rated=self.rated())
        return tuple(line for line in lines if line.deal_id not in self.beyond)


def open_book(session: Session, agency_id: int, places: Collection[Place], versions: Collection[int] = ()) -> Book:
    """The agency's deals in every window that holds one of the places, under any plan that its deals keep.

    `versions` are plan versions to know besides: those that a deal is about to keep, or has kept.
    """
    session.flush()
    by_id = _plans(session, agency_id, versions)
    around = _around(agency_id, places, by_id.values())
    seals = sealed(session, [agency_id])
    deals = facts(session, around)
    gone = _gone(session, agency_id, {deal.deal_id for deal in deals}) if seals else []
    touched = frozenset(window(place, plan) for place in places for plan in by_id.values())
    return Book(
        [*deals, *gone], by_id, posted(session, around), seals, frozenset(deal.deal_id for deal in gone), touched
    )


def together(session: Session, agency_id: int, place: Place, plan: Plan) -> list[rating.Deal]:
    """The agency's signed deals that one plan counts together with a place."""
    found = facts(session, _around(agency_id, [place], [plan]))
    return [deal for deal in found if deal.signed_at is not None]


def window(place: Place, plan: Plan) -> tuple[str, str]:
    """The window that a plan counts a signing in, as a scope and a label: `("development:3", "2026-03")`."""
    scope = f"development:{place.development_id}" if plan.scope is Scope.DEVELOPMENT else "all"
    return scope, window_label(place.at, plan.window)


def facts(session: Session, around: Around) -> list[rating.Deal]:
    """The deals as rating wants them, each as its agency has it, or had it (`held`)."""
    return with_parts(session, _whole(session, around(OF_DEAL)), around)


def with_parts(session: Session, found: Iterable[rating.Deal], around: Around) -> list[rating.Deal]:
    """Deals that were read whole, as their agencies have them, or had (`held`)."""
    return held.with_parts(session, found, around, lambda some: _whole(session, some))


def _whole(session: Session, around: ColumnElement[bool]) -> list[rating.Deal]:
    """Deals as if they were their agencies' alone, read as columns: no objects for what may be thousands."""
    columns = (Deal.id, Deal.agency_id, Deal.development_id, Deal.signed_at, Deal.price_fen, Deal.plan_version_id)
    steps = (_recorded(MilestoneKind.CANCELLED), _recorded(MilestoneKind.SIGNED), _STEPS)
    joined = select(*columns, *steps).join(Milestone, Milestone.deal_id == Deal.id)
    rows: Iterable[Sequence[Any]] = session.execute(joined.where(around).group_by(Deal.id).order_by(Deal.id))
    forfeited, moved = forfeited_among(session, around), moved_among(session, around)
    found = []
    for *deal, cancelled_at, recorded_at, steps_taken in rows:
        marks = (deal[0] in forfeited, moved.get(deal[0], ()))
        reached = _reached(steps_taken)
        found.append(rating.Deal._make((*deal, cancelled_at, reached, recorded_at, *marks, rating.WHOLE)))
    return found


_BITS = {kind: 1 << place for place, kind in enumerate(MilestoneKind)}
_STEPS: ColumnElement[int] = func.sum(case(_BITS, value=Milestone.kind))
"""A deal's steps as one number, so that a deal is one row: each of them is recorded once, the database sees to it."""


@cache
def _reached(steps: int) -> frozenset[str]:
    """The steps behind a deal that this number says, but for its end."""
    return frozenset(str(kind) for kind, bit in _BITS.items() if steps & bit and kind is not MilestoneKind.CANCELLED)


def _recorded(kind: MilestoneKind) -> ColumnElement[datetime | None]:
    """When a step of a deal was recorded."""
    return func.max(case((Milestone.kind == kind, Milestone.recorded_at)))


def spells_of(session: Session, row: Deal, agency_id: int) -> tuple[rating.Deal, Sequence[Spell], int]:
    """A signed deal as if it were whole, what an agency had of it so far, and the plan version that it was paid by."""
    (whole,) = _whole(session, Deal.id == row.id)
    mine = held.spells(session, lambda by: and_(by.agency_id == agency_id, Deal.id == row.id))
    if mine is not None:
        return whole, mine.spells, mine.plan_version_id
    own = row.agency_id == agency_id and not held.of_deal(session, row)
    since = whole.recorded_at or row.created_at
    return whole, [Spell(rating.WHOLE, since)] if own else [], row.plan_version_id or 0


def posted(session: Session, around: Around) -> Posted:
    """What the ledger holds of the deals' commissions for those who have them, or had, by deal and instalment.

    Of agencies with parts one alone is asked for: two that share a deal would be one.
    """
    line, part = PostedLine, DealPart
    own = [around(OF_DEAL), line.agency_id == Deal.agency_id, ~held.is_in_parts()]
    mine = select(part.deal_id, part.agency_id).join(Deal, Deal.id == part.deal_id).where(around(OF_PART))
    found: dict[tuple[int, str], int] = {}
    for conditions in (own, [tuple_(line.deal_id, line.agency_id).in_(mine)]):
        rows = session.execute(
            select(line.deal_id, line.instalment, func.sum(line.amount_fen))
            .join(Deal, Deal.id == line.deal_id)
            .where(*conditions, line.instalment.is_not(None))
            .group_by(line.deal_id, line.instalment)
        )
        found |= {(deal_id or 0, str(instalment)): int(fen) for deal_id, instalment, fen in rows}  # each has a deal
    return found


def sealed(session: Session, agency_ids: Collection[int], labels: Collection[str] | None = None) -> Seals:
    """The agencies' sealed windows (or those of `labels`), in every scope that one of their plans may count by."""
    since = sealed_since(session, agency_ids, labels)
    if not since:
        return {}
    scopes: defaultdict[int, set[int | None]] = defaultdict(lambda: {None})
    known = {agency for agency, _label in since}
    sold = select(Deal.agency_id, Deal.development_id).where(Deal.agency_id.in_(known)).distinct()
    apart = select(DealPart.agency_id, Deal.development_id).join(Deal, Deal.id == DealPart.deal_id)
    for stmt in (sold, apart.where(DealPart.agency_id.in_(known)).distinct()):
        for agency_id, development_id in session.execute(stmt):
            scopes[agency_id or 0].add(development_id)  # `since` knows agencies alone
    return {
        WindowKey(agency_id, development_id, label): sealed_at
        for (agency_id, label), sealed_at in since.items()
        for development_id in scopes[agency_id]
    }


def sealed_since(
    session: Session, agency_ids: Collection[int], labels: Collection[str] | None = None
) -> dict[tuple[int, str], datetime]:
    """Since when windows are sealed, by agency and label (those of `labels`, where they are given).

    A window that was sealed by itself, by its chunk of a close or by hand, has that instant. Any other that ends with
    a closed month is sealed by the month's close, for every agency, be it one that had nothing in it then, or one that
    came later: nobody has to write that down (rules 5.5).
    """
    own = select(WindowSeal.agency_id, WindowSeal.label, WindowSeal.sealed_at)
    own = own.where(WindowSeal.agency_id.in_(agency_ids))
    if labels is not None:
        own = own.where(WindowSeal.label.in_(labels))
    closed = select(cast(null(), BigInt), Period.month, Period.closed_at).where(Period.closed_at.is_not(None))
    since: dict[tuple[int, str], datetime] = {}
    by_itself: dict[tuple[int, str], datetime] = {}
    found: Result[int | None, str, datetime] = session.execute(union_all(own, closed))
    for agency_id, name, at in found:
        if agency_id is not None:
            by_itself[agency_id, name] = at
            continue
        ending = [label for label in labels_ending_with(name) if labels is None or label in labels]
        since |= {(agency, label): at for agency in agency_ids for label in ending}
    return since | by_itself


def _plans(session: Session, agency_id: int, versions: Collection[int]) -> dict[int, Plan]:
    used = select(Deal.plan_version_id).where(Deal.agency_id == agency_id, Deal.signed_at.is_not(None))
    apart = select(DealPart.plan_version_id).where(DealPart.agency_id == agency_id)
    wanted = PlanVersion.id.in_(used) | PlanVersion.id.in_(apart) | PlanVersion.id.in_(versions)
    rows = session.execute(select(PlanVersion.id, PlanVersion.toml).where(wanted))
    return {key: plans.parse(toml) for key, toml in rows}


def _around(agency_id: int, places: Iterable[Place], counting: Iterable[Plan]) -> Around:
    """The signed deals that share a window with one of the places, whichever of the plans counts.

    The widest window holds all of the others, so their ranks come out right too.
    """
    counting = list(counting)
    window = widest(plan.window for plan in counting)
    apart = all(plan.scope is Scope.DEVELOPMENT for plan in counting)
    spans = {(window_label(place.at, window), place.development_id if apart else None) for place in places}
    inside = or_(*(_within(label, development_id) for label, development_id in sorted(spans, key=str)))
    return lambda by: and_(
        by.agency_id == agency_id, Deal.signed_at.is_not(None), by.plan_version_id.is_not(None), inside
    )


def _within(label: str, development_id: int | None) -> ColumnElement[bool]:
    start, end = window_bounds(label)
    conditions: list[ColumnElement[bool]] = [Deal.signed_at.is_not(None)]
    if start is not None and end is not None:
        conditions += [Deal.signed_at >= start, Deal.signed_at < end]
    if development_id is not None:
        conditions.append(Deal.development_id == development_id)
    return and_(*conditions)


def forfeited_among(session: Session, around: ColumnElement[bool]) -> set[int]:
    """The deals that came of a showing against which a strike stands (rules 4.4)."""
    stmt = (
        select(Deal.id)
        .join(Showing, Showing.touch_id == Deal.touch_id)
        .join(Strike, Strike.showing_id == Showing.id)
        .where(around, Strike.voided_at.is_(None))
    )
    return set(session.scalars(stmt))


def moved_among(session: Session, around: ColumnElement[bool]) -> Mapping[int, tuple[Moved, ...]]:
    """The signing instants that corrections replaced, oldest first."""
    rows = session.execute(
        select(CorrectedFact.deal_id, CorrectedFact.before, Correction.made_at)
        .join(Correction, Correction.id == CorrectedFact.correction_id)
        .join(Deal, Deal.id == CorrectedFact.deal_id)
        .where(around, CorrectedFact.what == Corrected.SIGNED_AT)
        .order_by(CorrectedFact.deal_id, CorrectedFact.id)
    )
    return {
        deal_id: tuple(Moved(datetime.fromisoformat(before), made_at) for _, before, made_at in steps)
        for deal_id, steps in groupby(rows, key=lambda row: row[0])
    }


def _gone(session: Session, agency_id: int, there: Collection[int]) -> list[rating.Deal]:
    """The agency's deals whose signing date was ever corrected and that are not there already."""
    corrected = select(CorrectedFact.deal_id).where(CorrectedFact.what == Corrected.SIGNED_AT)

    def own(by: Held) -> ColumnElement[bool]:
        return and_(by.agency_id == agency_id, by.plan_version_id.is_not(None), Deal.id.in_(corrected))

    return [deal for deal in facts(session, own) if deal.deal_id not in there]
