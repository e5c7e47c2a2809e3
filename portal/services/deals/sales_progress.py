"""How far a development is sold, building by building, and the very deals behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import month_end, month_start
from ...models import Deal, Milestone, MilestoneKind
from ...rules.deals.buildings import Building, Home, Reached, building_of, by_building
from ...session import Session

_FURTHEST = {kind: number for number, kind in enumerate(Reached)}


@dataclass(frozen=True, slots=True)
class SalesProgress:
    """A development's buildings, and all together."""

    buildings: Sequence[Building]
    whole: Building


def of_development(session: Session, actor: Actor, development_id: int, month: str) -> SalesProgress:
    """The homes of a development whose sale stands; a unit has one such sale at most, so that they are not many."""
    furthest = func.max(case(*((Milestone.kind == kind, number) for kind, number in _FURTHEST.items()), else_=0))
    stmt: Any = visible(actor, Deal).outerjoin(Milestone, Milestone.deal_id == Deal.id)
    stmt = stmt.where(Deal.development_id == development_id, Deal.cancelled_at.is_(None))
    since, until = month_start(month), month_end(month)
    signed = case(((Deal.signed_at >= since) & (Deal.signed_at < until), 1), else_=0)
    stmt = stmt.with_only_columns(Deal.unit, furthest, Deal.price_fen, signed)
    rows = session.execute(stmt.group_by(Deal.id, Deal.unit, Deal.price_fen, Deal.signed_at))
    stages = list(Reached)
    homes = [Home(unit, stages[place], price_fen, bool(lately)) for unit, place, price_fen, lately in rows]
    whole = Building("")
    for home in homes:
        whole.add(home)
    return SalesProgress(by_building(homes), whole)


def deals_of(session: Session, actor: Actor, development_id: int, building: str) -> Sequence[Deal]:
    """The deals of a building, the latest first."""
    stmt = visible(actor, Deal).where(Deal.development_id == development_id, Deal.cancelled_at.is_(None))
    units = session.execute(stmt.with_only_columns(Deal.id, Deal.unit))
    keys = [key for key, unit in units if building_of(unit) == building]
    found = select(Deal).where(Deal.id.in_(keys)).options(joinedload(Deal.agency), joinedload(Deal.milestones))
    return session.scalars(found.order_by(Deal.created_at.desc(), Deal.id.desc())).unique().all()


assert {str(one) for one in Reached} == {str(one) for one in MilestoneKind} - {"cancelled"}
