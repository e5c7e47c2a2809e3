"""The facts that money rests on, held against the register and against each other.

The register says what was recorded, and in which order (`facts`). Whatever was changed, added or removed since,
past the portal, differs from its entry; and what a deal says now must follow from what was recorded of it.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from commissions import facts as rule
from commissions.facts import Entry
from commissions.ledger import Fault
from commissions.money import WHOLE_BPS

from ...models import (
    Corrected,
    CorrectedFact,
    Deal,
    DealMove,
    DealPart,
    FactEntry,
    Milestone,
    MilestoneKind,
    PostedLine,
)
from ...models.ledger.lines import OF_DEALS
from ...session import Session
from .. import facts
from ..commission import held

_BESIDE = 0
"""The number of a fault that is in no block, as in `settlement_checks`."""
_CHUNK = 2_000


def chain_fault(session: Session) -> Fault | None:
    """An entry of the register that was changed, dropped, added or moved (`fact_chain`)."""
    with closing(_entries(session)) as entries:
        return rule.first_fault(entries)


def fact_fault(session: Session, name: str) -> Fault | None:
    """A fact of a kind that was changed or added since it was entered, or is there no more (`fact`)."""
    with session.execute(_facts_of(name)) as rows:
        for key, own in groupby(rows, key=lambda row: row[0]):
            if not _as_entered(own):
                return Fault(_BESIDE, "fact", rule.name(name, key))
    key = session.scalar(_gone(name))
    return None if key is None else Fault(_BESIDE, "fact", rule.name(name, key))


@cache
def _facts_of(name: str) -> Select[*tuple[Any, ...]]:
    """The facts of a kind that are ripe, each row with the digest that was entered for its fact."""
    kind, entry = facts.KINDS[name], FactEntry
    entered = and_(entry.kind == name, entry.row_id == kind.key)
    stmt = kind.stmt.add_columns(entry.digest).outerjoin(entry, entered)
    return stmt.where(facts.RIPE.get(name, literal(value=True))).execution_options(yield_per=_CHUNK)


@cache
def _gone(name: str) -> Select[int]:
    """The first fact of a kind that was entered and is there no more."""
    there = select(facts.KINDS[name].key).where(facts.RIPE.get(name, literal(value=True)))
    of = FactEntry
    return select(of.row_id).where(of.kind == name, of.row_id.not_in(there)).order_by(of.id).limit(1)


def deal_fault(session: Session) -> Fault | None:
    """A deal whose price, dates, plan, owner or parts do not follow from its milestones, corrections and moves.

    Or a commission that was posted to an agency that never had a part of it (`deal`).
    """
    found = (session.scalar(stmt) for stmt in _wrong_deals())
    key = next((key for key in found if key is not None), None) or _other_signing(session)
    return None if key is None else Fault(_BESIDE, "deal", rule.name("deal", key))


@cache
def _wrong_deals() -> tuple[Select[int], ...]:
    wrong = (_other_dates(), _other_price(), _other_plan(), _other_owner(), _other_agency(), *_other_parts())
    return tuple(stmt.limit(1) for stmt in wrong)


def _kind_check(name: str) -> Callable[[Session], Fault | None]:
    return lambda session: fact_fault(session, name)


CHECKS: tuple[Callable[[Session], Fault | None], ...] = (chain_fault, *map(_kind_check, facts.KINDS), deal_fault)
"""What is proven of facts, in its order."""


def _entries(session: Session) -> Generator[Entry, None, None]:
    of = FactEntry
    stmt = select(of.id, of.kind, of.row_id, of.digest, of.hash).order_by(of.id)
    with session.execute(stmt.execution_options(yield_per=_CHUNK)) as rows:
        for row in rows:
            yield Entry(*row)


def _as_entered(rows: Iterator[Any]) -> bool:
    """Whether a fact's rows, each with the entry's digest at its end, still come to that digest."""
    entered: set[str | None] = set()

    def own() -> Iterator[Sequence[Any]]:
        for row in rows:
            entered.add(row[-1])
            yield row[:-1]

    return {rule.digest_of(own())} == entered


# A deal, held against what was recorded of it


def _last(what: Corrected) -> ColumnElement[str]:
    """What a deal's latest correction of a fact says; nothing where nobody corrected it."""
    of = CorrectedFact
    mine = select(of.after).where(of.deal_id == Deal.id, of.what == what).order_by(of.id.desc()).limit(1)
    return mine.correlate(Deal).scalar_subquery()


def _other_price() -> Select[int]:
    said = cast(_last(Corrected.PRICE), BigInteger)
    corrected = _corrected(Corrected.PRICE)
    return select(Deal.id).where(Deal.id.in_(corrected), Deal.price_fen != said).order_by(Deal.id)


def _other_plan() -> Select[int]:
    said = cast(_last(Corrected.PLAN), BigInteger)
    wrong = or_(Deal.plan_version_id.is_(None), Deal.plan_version_id != said)
    stmt = select(Deal.id).where(Deal.id.in_(_corrected(Corrected.PLAN)), wrong, ~held.is_in_parts())
    return stmt.order_by(Deal.id)


def _other_dates() -> Select[int]:
    """The dates that a deal repeats from its milestones, but for a corrected signing, which `_other_signing` knows."""
    signed, cancelled = aliased(Milestone), aliased(Milestone)
    other_signing = and_(~_is_moved(), Deal.signed_at.is_distinct_from(signed.at))
    return (
        select(Deal.id)
        .outerjoin(signed, and_(signed.deal_id == Deal.id, signed.kind == MilestoneKind.SIGNED))
        .outerjoin(cancelled, and_(cancelled.deal_id == Deal.id, cancelled.kind == MilestoneKind.CANCELLED))
        .where(or_(other_signing, Deal.cancelled_at.is_distinct_from(cancelled.at)))
        .order_by(Deal.id)
    )


def _other_signing(session: Session) -> int | None:
    """A deal that is not signed when its latest correction says; corrections write instants as text."""
    rows = session.execute(select(Deal.id, Deal.signed_at, _last(Corrected.SIGNED_AT)).where(_is_moved()))
    wrong = (key for key, signed_at, said in rows if signed_at != datetime.fromisoformat(said))
    return min(wrong, default=None)


def _is_moved() -> ColumnElement[bool]:
    return Deal.id.in_(_corrected(Corrected.SIGNED_AT))


def _other_owner() -> Select[int]:
    """A deal that is not whose its latest move made it."""
    last, latest = aliased(DealMove), select(func.max(DealMove.id)).group_by(DealMove.deal_id)
    moved = select(Deal.id).join(last, and_(last.deal_id == Deal.id, last.id.in_(latest)))
    owner = (
        Deal.touch_id.is_distinct_from(last.to_touch_id),
        Deal.owner_id.is_distinct_from(last.to_owner_id),
        Deal.agency_id.is_distinct_from(last.to_agency_id),
    )
    return moved.where(or_(*owner)).order_by(Deal.id)


def _other_agency() -> Select[int]:
    line, part = PostedLine, DealPart
    had = select(part.id).where(part.deal_id == Deal.id, part.agency_id == line.agency_id).exists()
    stmt = select(Deal.id).join(line, line.deal_id == Deal.id)
    other = Deal.agency_id.is_distinct_from(line.agency_id)
    return stmt.where(line.cause.in_(OF_DEALS), other, ~had).order_by(Deal.id)


def _other_parts() -> tuple[Select[int], ...]:
    """A deal whose parts are not the whole; one that is not whose its first part, or any, says; and a part that ended
    by no decision."""
    of, move = DealPart, DealMove
    there = and_(of.deal_id == Deal.id, of.until.is_(None))
    sums = select(func.sum(of.share_bps)).where(there).correlate(Deal).scalar_subquery()
    its = select(of.id).where(
        there,
        of.agency_id == Deal.agency_id,
        of.owner_id == Deal.owner_id,
        of.touch_id.is_not_distinct_from(Deal.touch_id),
        of.plan_version_id == Deal.plan_version_id,
    )
    nobodys = and_(Deal.agency_id.is_(None), sums.is_(None))
    wrong = ~or_(nobodys, and_(sums == WHOLE_BPS, its.exists()))
    ended = select(move.id).where(move.deal_id == of.deal_id, move.at == of.until).exists()
    strays = select(of.deal_id).where(of.until.is_not(None), ~ended).order_by(of.deal_id)
    return select(Deal.id).where(held.is_in_parts(), wrong).order_by(Deal.id), strays


def _corrected(what: Corrected) -> Select[int]:
    return select(CorrectedFact.deal_id).where(CorrectedFact.what == what)
