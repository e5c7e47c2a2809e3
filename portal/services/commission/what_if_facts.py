"""What a what-if is reckoned from: whole agencies' deals, some thousand at a time, read as columns.

The facts are those that `rating_facts` reads for posting. Here they are read for many agencies in a row, and what
only a seal looks at is read only where there is one.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select

from commissions import rating
from commissions.calendar import widest, window_bounds, window_label
from commissions.plan import Plan
from commissions.rating import Seals

from ...models import Corrected, CorrectedFact, Deal, Milestone, MilestoneKind, PlanVersion, WhatIfRun
from ...session import Session
from . import plans, rating_facts
from .held import OF_DEAL, Held

Kept = Mapping[int, tuple[str, Plan]]
"""Every version's name and plan, by its id."""


def versions(session: Session) -> Kept:
    """Every version that a deal may keep."""
    rows = session.execute(select(PlanVersion.id, PlanVersion.name, PlanVersion.toml))
    return {key: (name, plans.parse(toml)) for key, name, toml in rows}


def around(since: datetime, until: datetime, counting: Collection[Plan]) -> tuple[datetime | None, datetime | None]:
    """The whole windows that a span touches, by the widest of the plans; None where one has no end."""
    window = widest(plan.window for plan in counting)
    start, _end = window_bounds(window_label(since, window))
    _start, end = window_bounds(window_label(until - timedelta.resolution, window))
    return start, end


def read(run: WhatIfRun, by: Held = OF_DEAL) -> ColumnElement[bool]:
    """The deals that have to be looked at: those of the whole windows, in every development."""
    conditions: list[ColumnElement[bool]] = [
        by.agency_id.is_not(None),
        Deal.signed_at.is_not(None),
        by.plan_version_id.is_not(None),
    ]
    if run.reads_since is not None:
        conditions.append(Deal.signed_at >= run.reads_since)
    if run.reads_until is not None:
        conditions.append(Deal.signed_at < run.reads_until)
    if run.agency_id is not None:
        conditions.append(by.agency_id == run.agency_id)
    return and_(*conditions)


def selected(run: WhatIfRun, kept: Kept) -> ColumnElement[bool]:
    """The deals that are asked about."""
    conditions = [read(run), Deal.signed_at >= run.since, Deal.signed_at < run.until]
    if run.development_id is not None:
        conditions.append(Deal.development_id == run.development_id)
    if run.plan_name is not None:
        named = [key for key, (name, _plan) in kept.items() if name == run.plan_name]
        conditions.append(Deal.plan_version_id.in_(named))
    return and_(*conditions)


def chosen(run: WhatIfRun, deals: Sequence[rating.Deal], names: Mapping[Hashable, str]) -> set[int]:
    """`selected`, among deals that were read already."""
    since, until, development_id = run.since, run.until, run.development_id
    kept = {key for key, name in names.items() if run.plan_name in (None, name)}
    return {
        deal.deal_id
        for deal in deals
        if deal.signed_at is not None
        and since <= deal.signed_at < until
        and development_id in (None, deal.development)
        and deal.plan in kept
    }


def next_deals(session: Session, run: WhatIfRun, most: int) -> tuple[list[rating.Deal], bool]:
    """The deals of the agencies after the run's cursor, whole, in their order; and whether they are the last.

    They are at most so many, unless one agency alone has more.
    """
    columns = (
        Deal.id,
        Deal.agency_id,
        Deal.development_id,
        Deal.signed_at,
        Deal.price_fen,
        Deal.plan_version_id,
        Deal.cancelled_at,
    )
    stmt = select(*columns).where(read(run)).order_by(Deal.agency_id, Deal.signed_at, Deal.id)
    rows = session.execute(stmt.where(Deal.agency_id > run.cursor).limit(most + 1)).all()
    last = len(rows) <= most
    if not last:
        cut = rows[-1].agency_id
        whole = [row for row in rows if row.agency_id != cut]
        rows = whole or session.execute(stmt.where(Deal.agency_id == cut)).all()
    return [rating.Deal(*row) for row in rows], last


def as_known(session: Session, run: WhatIfRun, deals: Sequence[rating.Deal]) -> tuple[list[rating.Deal], Seals]:
    """The deals with what strikes and seals make of them, agency by agency, and the seals.

    Where a window is sealed, the deals that a correction took away from it come along: their places stay.
    """
    if not deals:
        return [], {}
    agencies = {int(str(deal.agency)) for deal in deals}

    def around(by: Held) -> ColumnElement[bool]:
        return and_(read(run, by), by.agency_id.between(min(agencies), max(agencies)))

    within = around(OF_DEAL)
    forfeited = rating_facts.forfeited_among(session, within)
    known = [deal._replace(forfeited=True) if deal.deal_id in forfeited else deal for deal in deals]
    sealed = rating_facts.sealed(session, agencies)
    if not sealed:
        return _by_agency(rating_facts.with_parts(session, known, around)), {}
    recorded, moved = _recorded(session, within), rating_facts.moved_among(session, within)
    known = [
        deal._replace(
            cancelled_at=recorded.get((deal.deal_id, MilestoneKind.CANCELLED), deal.cancelled_at),
            recorded_at=recorded.get((deal.deal_id, MilestoneKind.SIGNED)),
            moved=moved.get(deal.deal_id, ()),
        )
        for deal in known
    ]
    known = rating_facts.with_parts(session, known, around)
    there = {(deal.deal_id, deal.agency) for deal in known}
    corrected = select(CorrectedFact.deal_id).where(CorrectedFact.what == Corrected.SIGNED_AT)

    def left(by: Held) -> ColumnElement[bool]:
        return and_(by.agency_id.in_(agencies), by.plan_version_id.is_not(None), Deal.id.in_(corrected))

    gone = [deal for deal in rating_facts.facts(session, left) if (deal.deal_id, deal.agency) not in there]
    return _by_agency([*known, *gone]), sealed


def _by_agency(deals: list[rating.Deal]) -> list[rating.Deal]:
    return sorted(deals, key=lambda deal: int(str(deal.agency)))


def _recorded(session: Session, within: ColumnElement[bool]) -> dict[tuple[int, MilestoneKind], datetime]:
    """When the portal learnt of signings and cancellations: sealed windows look at these instants."""
    rows = session.execute(
        select(Milestone.deal_id, Milestone.kind, Milestone.recorded_at)
        .join(Deal, Deal.id == Milestone.deal_id)
        .where(within, Milestone.kind.in_([MilestoneKind.SIGNED, MilestoneKind.CANCELLED]))
    )
    return {(deal_id, kind): at for deal_id, kind, at in rows}
