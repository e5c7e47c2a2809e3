"""What a chunk of agencies has earned and not been posted: found by the same rule, from the same facts, as events do.

Events post at once, so for deals that were recorded in the portal there is nothing to find, and this is the proof of
it at every month's end. For deals that were loaded past it, everything is.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from commissions import rating
from commissions.accrual import Line
from commissions.calendar import Window, window_bounds, window_label
from commissions.plan import Plan
from commissions.rating import WindowKey

from ..access.actor import Actor
from ..clock import month_start
from ..models import (
    Benefit,
    Cause,
    Corrected,
    CorrectedFact,
    Deal,
    Milestone,
    PlanVersion,
    WindowSeal,
    agency_payee,
)
from . import benefits, books, plans
from .books import Book, Place
from .bulk import in_ids
from .lines import NewLine

_WIDTH = (Window.MONTH, Window.QUARTER, Window.YEAR, Window.AGREEMENT)
"""Windows nest in this order: a wider one holds whole narrower ones."""


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Lines to post, and the facts that they came from."""

    lines: Sequence[NewLine]
    book: Book

    def settle_benefits(self, session: Session, actor: Actor, now: datetime) -> None:
        """Grant and take back what the agencies of the posted lines have come to."""
        changed = {line.payee for line in self.lines}
        if not changed:
            return
        deals: defaultdict[int, list[rating.Deal]] = defaultdict(list)
        for deal in self.book.deals:
            deals[int(str(deal.agency))].append(deal)
        for agency_id in sorted(self._with_benefits(session, list(deals))):
            if agency_payee(agency_id) in changed:
                own = deals[agency_id]
                touched = frozenset(_windows(own, self.book.plans))
                benefits.settle(session, actor, now, agency_id, replace(self.book, deals=own, touched=touched))

    def _with_benefits(self, session: Session, agencies: Sequence[int]) -> set[int]:
        """The agencies that hold a benefit, or whose deals reach one."""
        rated = rating.rate(self.book.deals, self.book.plans, self.book.sealed)
        due = {
            int(str(deal.agency)) for deal, one in zip(self.book.deals, rated, strict=True) if one.benefit is not None
        }
        held = select(Benefit.agency_id).where(Benefit.agency_id.in_(agencies), Benefit.revoked_at.is_(None))
        return due | set(session.scalars(held))


def outstanding(session: Session, agencies: Sequence[int], month: str) -> Outstanding:
    """What these agencies' deals of a month, and all that share a window with them, still have to be posted."""
    deals, kept = _signed_in(session, agencies, month)
    widest = max((_width(deal, kept) for deal in deals), default=0)
    label = window_label(month_start(month), _WIDTH[widest])
    if label != month:
        deals, kept = _signed_in(session, agencies, label)
    within = {deal.deal_id for deal in deals if _width(deal, kept) <= widest}  # others' windows are not all here
    book = _with_seals(session, agencies, Book(deals, kept, books.posted(session, _around(agencies, label))))
    lines = [line for line in book.delta() if line.deal_id in within]
    return Outstanding(_new_lines(session, lines, book, month), book)


def _width(deal: rating.Deal, kept: dict[int, Plan]) -> int:
    return _WIDTH.index(kept[int(str(deal.plan))].window)


def _signed_in(session: Session, agencies: Sequence[int], label: str) -> tuple[list[rating.Deal], dict[int, Plan]]:
    """The agencies' deals that were signed in a window's span, and the plans that they keep."""
    deals = books.facts(session, _around(agencies, label))
    versions = {deal.plan for deal in deals}
    rows = session.execute(select(PlanVersion.id, PlanVersion.toml).where(PlanVersion.id.in_(versions)))
    return deals, {key: plans.parse(toml) for key, toml in rows}


def _around(agencies: Sequence[int], label: str) -> ColumnElement[bool]:
    start, end = window_bounds(label)
    conditions = [Deal.agency_id.in_(agencies), Deal.signed_at.is_not(None), Deal.plan_version_id.is_not(None)]
    if start is not None and end is not None:
        conditions += [Deal.signed_at >= start, Deal.signed_at < end]
    return and_(*conditions)


def _with_seals(session: Session, agencies: Sequence[int], book: Book) -> Book:
    """The book with the seals on its windows, and with the deals that corrections took away from sealed ones."""
    labels = {label for _scope, label in _windows(book.deals, book.plans)}
    seals = session.execute(
        select(WindowSeal.agency_id, WindowSeal.label, WindowSeal.sealed_at).where(
            WindowSeal.agency_id.in_(agencies), WindowSeal.label.in_(labels)
        )
    ).all()
    if not seals:
        return book
    corrected = select(CorrectedFact.deal_id).where(CorrectedFact.what == Corrected.SIGNED_AT)
    left = and_(Deal.agency_id.in_(agencies), Deal.plan_version_id.in_(book.plans), Deal.id.in_(corrected))
    there = {deal.deal_id for deal in book.deals}
    gone = [deal for deal in books.facts(session, left) if deal.deal_id not in there]
    deals = [*book.deals, *gone]
    sold: defaultdict[object, set[object]] = defaultdict(lambda: {None})
    for deal in deals:
        sold[deal.agency].add(deal.development)
    sealed = {
        WindowKey(agency_id, development, label): sealed_at
        for agency_id, label, sealed_at in seals
        for development in sold[agency_id]
    }
    return replace(book, deals=deals, sealed=sealed, beyond=frozenset(deal.deal_id for deal in gone))


def _windows(deals: Sequence[rating.Deal], kept: dict[int, Plan]) -> set[tuple[str, str]]:
    """The windows that deals are counted in, as a scope and a label."""
    return {
        books.window(Place(int(str(deal.development)), deal.signed_at), kept[int(str(deal.plan))])
        for deal in deals
        if deal.signed_at is not None
    }


def _new_lines(session: Session, lines: Sequence[Line], book: Book, month: str) -> list[NewLine]:
    deals = {deal.deal_id: deal for deal in book.deals}
    steps = _milestones(session, lines)
    return [
        NewLine(
            reference=f"close:{month}:{line.deal_id}:{line.milestone}",
            payee=f"agency:{deals[line.deal_id].agency}",
            cause=Cause(line.cause),
            amount_fen=line.amount_fen,
            summary=f"{line.cause} of deal {line.deal_id} at {line.milestone}",
            why=line.facts(),
            deal_id=line.deal_id,
            instalment=line.milestone,
            milestone_id=steps.get((line.deal_id, line.milestone)),
            rank=line.rating.rank,
            window=line.rating.window,
            rate_bps=line.rating.rate_bps,
            plan_version_id=int(str(deals[line.deal_id].plan)),
        )
        for line in lines
    ]


def _milestones(session: Session, lines: Sequence[Line]) -> dict[tuple[int, str], int]:
    """The milestones at which the lines fall due, by deal and kind."""
    if not lines:
        return {}
    ids = [line.deal_id for line in lines]
    kinds = {line.milestone for line in lines}
    rows = session.execute(
        select(Milestone.deal_id, Milestone.kind, Milestone.id).where(
            in_ids(session, Milestone.deal_id, ids), Milestone.kind.in_(kinds)
        )
    )
    return {(deal_id, kind.value): key for deal_id, kind, key in rows}
