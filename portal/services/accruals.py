"""Posting commission: a milestone is recorded, the window is rated anew, and the difference becomes lines.

`commissions.accrual` decides; here its facts are read (three queries, whatever the number of deals) and its lines
are stored together with one ledger batch. An agency's postings wait for each other, so that a delta is always taken
from what really stands in the ledger (rules 5.4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from commissions import rating
from commissions.accrual import Line, Posted, accrue
from commissions.calendar import Window, window_bounds, window_label
from commissions.plan import Plan, Scope

from ..access.actor import Actor
from ..models import Agency, Benefit, Cause, Deal, Milestone, MilestoneKind, PlanVersion, PostedLine, agency_payee
from . import audit, plans
from .lines import NewLine, post_lines

_WIDTH = (Window.MONTH, Window.QUARTER, Window.YEAR, Window.AGREEMENT)
"""Windows nest in this order: a wider one holds whole narrower ones."""


@dataclass(frozen=True, slots=True)
class Book:
    """What is known of the deals that one deal's window can touch: facts, plans by version id, and fen posted."""

    deals: list[rating.Deal]
    plans: dict[int, Plan]
    posted: Posted


def post_accruals(
    session: Session, actor: Actor, now: datetime, *, deal: Deal, milestone: Milestone
) -> Sequence[PostedLine]:
    """Post what a milestone of a deal changes, for all deals of its window; nothing when it was posted already.

    A deal without an agency, or not signed yet, earns no commission.
    """
    if deal.agency_id is None or deal.signed_at is None:
        return ()
    lock_agency(session, deal.agency_id)
    book = _book(session, deal.agency_id, deal.development_id, deal.signed_at)
    rows = _store(session, actor, now, deal.agency_id, milestone, _delta(book))
    _settle_benefits(session, actor, now, deal.agency_id, book)
    return rows


def preview_cancellation(session: Session, deal: Deal, now: datetime) -> tuple[Line, ...]:
    """The lines that cancelling a deal would post now. Stores nothing."""
    if deal.agency_id is None or deal.signed_at is None:
        return ()
    book = _book(session, deal.agency_id, deal.development_id, deal.signed_at)
    cancelled = [one._replace(cancelled_at=now) if one.deal_id == deal.id else one for one in book.deals]
    return _delta(Book(cancelled, book.plans, book.posted))


def lock_agency(session: Session, agency_id: int) -> None:
    """Wait for whoever posts for the agency. Rows that refer to the agency are not held up by it."""
    session.execute(select(Agency.id).where(Agency.id == agency_id).with_for_update(key_share=True))


def window_deals(session: Session, agency_id: int, development_id: int, at: datetime, plan: Plan) -> list[rating.Deal]:
    """The agency's deals that a plan counts together at an instant, cancelled ones left out."""
    found = _facts(session, _around(agency_id, development_id, at, [plan]))
    return [deal for deal in found if deal.cancelled_at is None]


# Reading


def _book(session: Session, agency_id: int, development_id: int, at: datetime) -> Book:
    used = select(Deal.plan_version_id).where(Deal.agency_id == agency_id, Deal.signed_at.is_not(None))
    versions = session.execute(select(PlanVersion.id, PlanVersion.toml).where(PlanVersion.id.in_(used)))
    by_id = {key: plans.parse(toml) for key, toml in versions}
    around = _around(agency_id, development_id, at, by_id.values())
    return Book(_facts(session, around), by_id, _posted(session, around))


def _around(agency_id: int, development_id: int, at: datetime, counting: Iterable[Plan]) -> ColumnElement[bool]:
    """The signed deals that share a window with one signed at an instant, whichever of the plans counts.

    The widest window holds all of the others, so their ranks come out right too.
    """
    counting = list(counting)
    widest = max((plan.window for plan in counting), key=_WIDTH.index, default=Window.MONTH)
    start, end = window_bounds(window_label(at, widest))
    conditions = [Deal.agency_id == agency_id, Deal.signed_at.is_not(None), Deal.plan_version_id.is_not(None)]
    if start is not None and end is not None:
        conditions += [Deal.signed_at >= start, Deal.signed_at < end]
    if all(plan.scope is Scope.DEVELOPMENT for plan in counting):
        conditions.append(Deal.development_id == development_id)
    return and_(*conditions)


def _facts(session: Session, around: ColumnElement[bool]) -> list[rating.Deal]:
    """The deals as rating wants them, read as columns: no objects for what may be thousands."""
    columns = (Deal.id, Deal.agency_id, Deal.development_id, Deal.signed_at, Deal.price_fen, Deal.plan_version_id)
    rows = session.execute(
        select(*columns, Milestone.kind, Milestone.recorded_at)
        .join(Milestone, Milestone.deal_id == Deal.id)
        .where(around)
        .order_by(Deal.id)
    )
    facts = []
    for deal, steps in groupby(rows, key=lambda row: row[:6]):
        known = {step.kind: step.recorded_at for step in steps}
        cancelled_at = known.pop(MilestoneKind.CANCELLED, None)
        reached = frozenset(map(str, known))
        facts.append(rating.Deal(*deal, cancelled_at, reached, known.get(MilestoneKind.SIGNED)))
    return facts


def _posted(session: Session, around: ColumnElement[bool]) -> Posted:
    line = PostedLine
    rows = session.execute(
        select(line.deal_id, line.instalment, func.sum(line.amount_fen))
        .join(Deal, Deal.id == line.deal_id)
        .where(around)
        .group_by(line.deal_id, line.instalment)
    )
    return {(deal_id, instalment): int(fen) for deal_id, instalment, fen in rows}


def _delta(book: Book) -> tuple[Line, ...]:
    return accrue(book.deals, book.plans, book.posted)


# Writing


def _store(
    session: Session, actor: Actor, now: datetime, agency_id: int, milestone: Milestone, lines: Sequence[Line]
) -> Sequence[PostedLine]:
    """The lines with their ledger batch, in the caller's transaction."""
    if not lines:
        return ()
    versions = _versions(session, lines)
    new = [_new_line(line, agency_id, milestone.id, versions[line.deal_id]) for line in lines]
    rows = post_lines(session, actor, now, reference=f"milestone:{milestone.id}", lines=new)
    total_fen = sum(line.amount_fen for line in lines)
    audit.record(session, actor, now, "commission_posted", milestone, lines=len(rows), total_fen=total_fen)
    return rows


def _versions(session: Session, lines: Sequence[Line]) -> dict[int, int]:
    ids = {line.deal_id for line in lines}
    rows = session.execute(select(Deal.id, Deal.plan_version_id).where(Deal.id.in_(ids)))
    return {deal_id: version_id for deal_id, version_id in rows if version_id is not None}


def _new_line(line: Line, agency_id: int, milestone_id: int, plan_version_id: int) -> NewLine:
    return NewLine(
        reference=f"line:{milestone_id}:{line.deal_id}:{line.milestone}",
        payee=agency_payee(agency_id),
        cause=Cause(line.cause),
        amount_fen=line.amount_fen,
        summary=f"{line.cause} of deal {line.deal_id} at {line.milestone}",
        why=line.facts(),
        deal_id=line.deal_id,
        instalment=line.milestone,
        milestone_id=milestone_id,
        rank=line.rating.rank,
        window=line.rating.window,
        rate_bps=line.rating.rate_bps,
        plan_version_id=plan_version_id,
    )


# Benefits


def _settle_benefits(session: Session, actor: Actor, now: datetime, agency_id: int, book: Book) -> None:
    """Grant what a rank reached, and revoke what no rank reaches any more (rules 5.2, 5.5)."""
    due = {
        (*_benefit_window(deal, book), rated.benefit): deal.deal_id
        for deal, rated in zip(book.deals, rating.rate(book.deals, book.plans), strict=True)
        if rated.benefit is not None
    }
    touched = {_benefit_window(deal, book) for deal in book.deals}
    running = select(Benefit).where(Benefit.agency_id == agency_id, Benefit.revoked_at.is_(None))
    granted = {(row.scope, row.window, row.name): row for row in session.scalars(running)}
    for key, row in granted.items():
        if key[:2] in touched and key not in due:
            row.revoked_at = now
            audit.record(session, actor, now, "benefit_revoked", row)
    for scope, window, name in due.keys() - granted.keys():
        deal_id = due[scope, window, name]
        row = Benefit(agency_id=agency_id, scope=scope, window=window, name=name, deal_id=deal_id, granted_at=now)
        session.add(row)
        audit.record(session, actor, now, "benefit_granted", row)


def _benefit_window(deal: rating.Deal, book: Book) -> tuple[str, str]:
    key = rating.window_key(deal, book.plans[deal.plan])
    assert key is not None  # the book holds signed deals only
    return "all" if key.development is None else f"development:{key.development}", key.label
