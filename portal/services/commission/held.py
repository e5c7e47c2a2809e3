"""Who has which part of a deal: its agency the whole, or several agencies the parts that a person decided on (ADR 59).

A condition over an agency's deals is asked twice by the same words: of the deals themselves, and of the parts of deals.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, select

from commissions import parts, rating
from commissions.parts import Spell
from commissions.rating import Part

from ...models import Deal, DealPart, Showing, Strike
from ...session import Session


class Held(NamedTuple):
    """Where it stands whose something is, and by which plan version it is paid: the columns."""

    agency_id: SQLColumnExpression[int | None] | SQLColumnExpression[int]
    plan_version_id: SQLColumnExpression[int | None] | SQLColumnExpression[int]


OF_DEAL = Held(Deal.agency_id, Deal.plan_version_id)
OF_PART = Held(DealPart.agency_id, DealPart.plan_version_id)

Around = Callable[[Held], ColumnElement[bool]]
"""A condition over deals, asked of whoever has them."""


class Mine(NamedTuple):
    """What an agency had of a deal, oldest first, and the plan version of the last part."""

    spells: Sequence[Spell]
    plan_version_id: int


def is_in_parts() -> ColumnElement[bool]:
    """For the database: whose a `Deal` is was decided by a person after its signing."""
    return select(DealPart.id).where(DealPart.deal_id == Deal.id).exists()


def holders(session: Session, deal: Deal) -> list[int]:
    """The agencies that have a part of a deal now, by their numbers; none where it is nobody's."""
    stmt = select(DealPart.agency_id).where(DealPart.deal_id == deal.id, DealPart.until.is_(None))
    shared = sorted(session.scalars(stmt))
    return shared or ([deal.agency_id] if deal.agency_id is not None else [])


def of_deal(session: Session, deal: Deal) -> Sequence[DealPart]:
    """The parts that a deal is in now, in their order; empty for one that is its agency's whole."""
    stmt = select(DealPart).where(DealPart.deal_id == deal.id, DealPart.until.is_(None))
    return session.scalars(stmt.order_by(DealPart.after_bps)).all()


def apart(session: Session, agencies: Collection[int] | None = None) -> set[int]:
    """The agencies (of these) that have, or had, a part of a deal."""
    stmt = select(DealPart.agency_id).distinct()
    return set(session.scalars(stmt if agencies is None else stmt.where(DealPart.agency_id.in_(agencies))))


def ids(around: Around) -> ColumnElement[bool]:
    """For the database: a `Deal` of which somebody around has, or had, a part by a decision."""
    return Deal.id.in_(select(DealPart.deal_id).join(Deal, Deal.id == DealPart.deal_id).where(around(OF_PART)))


def with_parts(
    session: Session,
    found: Iterable[rating.Deal],
    around: Around,
    read: Callable[[ColumnElement[bool]], Iterable[rating.Deal]],
) -> list[rating.Deal]:
    """Deals as their agencies have them: whole, but for those that were decided over, which each agency has by its
    part, or had. `read` reads deals whole, with their past."""
    mine = _mine(session, around)
    if not mine:
        return list(found)
    struck = _struck(session, around)
    known = {deal.deal_id: deal for deal in read(ids(around))}
    held = [
        parts.as_held(
            known[deal_id]._replace(
                agency=agency_id, plan=own.plan_version_id, forfeited=(deal_id, agency_id) in struck
            ),
            own.spells,
        )
        for (deal_id, agency_id), own in mine.items()
    ]
    return sorted([*(deal for deal in found if deal.deal_id not in known), *held], key=lambda deal: deal.deal_id)


def spells(session: Session, around: Around) -> Mine | None:
    """What one agency had of one deal; None where nobody decided over it, or not to its favour."""
    return next(iter(_mine(session, around).values()), None)


def _mine(session: Session, around: Around) -> Mapping[tuple[int, int], Mine]:
    of = DealPart
    columns = (of.deal_id, of.agency_id, of.after_bps, of.share_bps, of.since, of.until, of.plan_version_id)
    stmt = select(*columns).join(Deal, Deal.id == of.deal_id).where(around(OF_PART))
    rows = session.execute(stmt.order_by(of.deal_id, of.agency_id, of.id))
    found: dict[tuple[int, int], Mine] = {}
    for key, own in groupby(rows, key=lambda row: (row[0], row[1])):
        had: list[Spell] = []
        version = 0
        for _deal, _agency, after_bps, share_bps, since, until, of_part in own:
            version = of_part
            had.append(Spell(Part(after_bps, share_bps), since))
            if until is not None:
                had.append(Spell(None, until))
        found[key] = Mine(had, version)
    return found


def _struck(session: Session, around: Around) -> set[tuple[int, int]]:
    """The parts that came of a showing against which a strike stands: the others keep theirs (rules 4.4)."""
    stmt = (
        select(DealPart.deal_id, DealPart.agency_id)
        .join(Deal, Deal.id == DealPart.deal_id)
        .join(Showing, Showing.touch_id == DealPart.touch_id)
        .join(Strike, Strike.showing_id == Showing.id)
        .where(around(OF_PART), DealPart.until.is_(None), Strike.voided_at.is_(None))
    )
    return {(deal_id, agency_id) for deal_id, agency_id in session.execute(stmt)}
