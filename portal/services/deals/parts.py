"""A signed deal given to another agency, or split between several, by a person's decision (ADR 59).

What stood before ends as a part, and what stands now begins as one; each agency's windows are rated anew, and what that
changes is posted to it, like a correction. What a decision would move is shown by the same steps that post it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from commissions.accrual import Cause
from commissions.money import WHOLE_BPS, format_bps
from commissions.parts import Spell, as_held, cut
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Deal, DealMove, DealPart, Milestone, MilestoneKind, Registration
from ...session import Session
from .. import audit
from ..commission import accruals, held, plans, rating_facts, window_locks
from ..commission.rating_facts import Book, Place
from . import deals


@dataclass(frozen=True, slots=True)
class Side:
    """Who gets how much of a deal."""

    agency_id: int
    owner_id: int
    touch_id: int | None
    share_bps: int = WHOLE_BPS


@dataclass(frozen=True, slots=True)
class Moves:
    """What a decision moves for one agency: what is posted of the deal before and after, and of its other deals, whose
    ranks change with it."""

    agency_id: int
    before_fen: int
    after_fen: int
    others_fen: int

    @property
    def delta_fen(self) -> int:
        return self.after_fen - self.before_fen + self.others_fen


@dataclass(frozen=True, slots=True)
class Portion:
    """What the broker of a registration gets of a deal that is split."""

    registration: Registration
    share_bps: int


def split_sides(deal: Deal, others: Sequence[Portion]) -> list[Side]:
    """The sides of a deal that stays its agency's but for what other brokers get."""
    assert deal.agency_id is not None  # `check_split`
    assert deal.owner_id is not None  # an agency's deal has one
    stays = Side(deal.agency_id, deal.owner_id, deal.touch_id, WHOLE_BPS - sum(one.share_bps for one in others))
    rows = [(one.registration, one.share_bps) for one in others]
    return [stays, *(Side(row.agency_id, row.broker_id, row.touch_id, bps) for row, bps in rows)]


def whole_side(registration: Registration | None, touch_id: int | None = None) -> list[Side]:
    """The one side of a deal that goes whole to a registration's broker; none where it is nobody's."""
    return [] if registration is None else [Side(registration.agency_id, registration.broker_id, touch_id)]


def concerned(session: Session, deal: Deal, sides: Iterable[Side]) -> list[int]:
    """The agencies whose money a decision touches: who has a part now, and who gets one."""
    return sorted({*held.holders(session, deal), *(side.agency_id for side in sides)})


def preview(session: Session, now: datetime, deal: Deal, sides: Sequence[Side]) -> list[Moves]:
    """What a decision would post, agency by agency. Stores nothing; raises what `decide` would raise."""
    _check(deal)
    agencies = concerned(session, deal, sides)
    at = window_locks.stamp_decision(session, deal, agencies, now)
    found = []
    for agency_id in agencies:
        lines = _book_with(session, deal, sides, agency_id, at).delta(Cause.CORRECTION, {deal.id})
        own = sum(line.amount_fen for line in lines if line.deal_id == deal.id)
        before = _posted_fen(session, deal, agency_id)
        others = sum(line.amount_fen for line in lines) - own
        found.append(Moves(agency_id, before, before + own, others))
    return found


def decide(session: Session, actor: Actor, now: datetime, deal: Deal, sides: Sequence[Side], reason: str) -> DealMove:
    """Let a signed deal be of these sides from now on, the first of which it is called by; post what follows.

    The caller holds the locks of all agencies concerned, and the deal's. Raises Refusal `conflict_not_offered` for a
    deal that is cancelled, `decision_no_plan` for an agency that had no agreement when it was signed.
    """
    _check(deal)
    agencies = concerned(session, deal, sides)
    at = window_locks.stamp_decision(session, deal, agencies, now)
    versions = {side.agency_id: _version(session, deal, side) for side in sides}
    lead = sides[0] if sides else None
    move = DealMove(
        deal_id=deal.id,
        from_touch_id=deal.touch_id,
        from_owner_id=deal.owner_id,
        from_agency_id=deal.agency_id,
        to_touch_id=lead.touch_id if lead else None,
        to_owner_id=lead.owner_id if lead else None,
        to_agency_id=lead.agency_id if lead else None,
        reason=reason,
        decided_by=actor.id,
        at=at,
    )
    session.add(move)
    session.flush()  # the database lets a deal, and its parts, change only behind the move that says so
    _end_parts(session, deal, move)
    _begin_parts(session, deal, move, sides, versions)
    deal.touch_id, deal.owner_id, deal.agency_id = move.to_touch_id, move.to_owner_id, move.to_agency_id
    deal.plan_version_id = versions[lead.agency_id] if lead else None
    session.flush()
    session.refresh(deal)
    shares = [f"{side.agency_id}: {format_bps(side.share_bps)}" for side in sides]
    audit.record(session, actor, now, "deal_given", deal, before=move.from_agency_id, parts=shares)
    for agency_id in agencies:
        book = rating_facts.open_book(session, agency_id, [_place(deal)])
        event = accruals.Event("decision", str(move.id), move, party=agency_id)
        accruals.post(session, actor, now, event, agency_id, book, book.delta(Cause.CORRECTION, {deal.id}))
    return move


def _check(deal: Deal) -> None:
    if deal.signed_at is None or deal.cancelled_at is not None:
        raise Refusal("conflict_not_offered", field="outcome")


def _place(deal: Deal) -> Place:
    assert deal.signed_at is not None  # `_check`
    return Place(deal.development_id, deal.signed_at)


def _version(session: Session, deal: Deal, side: Side) -> int:
    """The plan version that a side is paid by: the one that it was paid by, or what was in force at the signing."""
    known = select(DealPart.plan_version_id).where(DealPart.deal_id == deal.id, DealPart.agency_id == side.agency_id)
    kept = session.scalar(known.order_by(DealPart.id.desc()).limit(1))
    if kept is None and side.agency_id == deal.agency_id:
        kept = deal.plan_version_id
    if kept is not None:
        return kept
    assert deal.signed_at is not None  # `_check`
    version = plans.for_signing(session, deal.development_id, side.agency_id, deal.signed_at)
    if version is None:
        raise Refusal("decision_no_plan", field="to")
    return version.id


def _end_parts(session: Session, deal: Deal, move: DealMove) -> None:
    """End what stood before; the first time, write it down."""
    of = DealPart
    ended = update(of).where(of.deal_id == deal.id, of.until.is_(None)).values(until=move.at)
    session.execute(ended.execution_options(synchronize_session=False))
    first = session.scalar(select(of.id).where(of.deal_id == deal.id).limit(1)) is None
    if first and deal.agency_id is not None and deal.owner_id is not None and deal.plan_version_id is not None:
        opening = DealPart(
            deal_id=deal.id,
            move_id=move.id,
            agency_id=deal.agency_id,
            owner_id=deal.owner_id,
            touch_id=deal.touch_id,
            plan_version_id=deal.plan_version_id,
            after_bps=0,
            share_bps=WHOLE_BPS,
            opening=True,
            since=_signing_known(session, deal),
            until=move.at,
        )
        session.add(opening)
        session.flush()


def _begin_parts(
    session: Session, deal: Deal, move: DealMove, sides: Sequence[Side], versions: Mapping[int, int]
) -> None:
    for side, part in zip(sides, cut([side.share_bps for side in sides]) if sides else (), strict=True):
        session.add(
            DealPart(
                deal_id=deal.id,
                move_id=move.id,
                agency_id=side.agency_id,
                owner_id=side.owner_id,
                touch_id=side.touch_id,
                plan_version_id=versions[side.agency_id],
                after_bps=part.after_bps,
                share_bps=part.share_bps,
                opening=False,
                since=move.at,
            )
        )
    session.flush()


def _signing_known(session: Session, deal: Deal) -> datetime:
    """When the portal learnt of the signing."""
    of = Milestone
    known = select(of.recorded_at).where(of.deal_id == deal.id, of.kind == MilestoneKind.SIGNED)
    return session.execute(known).scalar_one()


def _book_with(session: Session, deal: Deal, sides: Sequence[Side], agency_id: int, at: datetime) -> Book:
    """An agency's windows as they would be behind the decision."""
    side = next((one for one in sides if one.agency_id == agency_id), None)
    versions = [_version(session, deal, side)] if side is not None else []
    book = rating_facts.open_book(session, agency_id, [_place(deal)], versions)
    mine = None
    for one, part in zip(sides, cut([one.share_bps for one in sides]) if sides else (), strict=True):
        mine = part if one.agency_id == agency_id else mine
    whole, spells, version_id = rating_facts.spells_of(session, deal, agency_id)
    plan = versions[0] if versions else version_id
    then = as_held(whole._replace(agency=agency_id, plan=plan), [*spells, Spell(mine, at)])
    others = [one for one in book.deals if one.deal_id != deal.id]
    return replace(book, deals=sorted([*others, then], key=lambda one: one.deal_id))


def _posted_fen(session: Session, deal: Deal, agency_id: int) -> int:
    def own(by: held.Held) -> ColumnElement[bool]:
        return (by.agency_id == agency_id) & (Deal.id == deal.id)

    return sum(rating_facts.posted(session, own).values())


def lock(session: Session, deal: Deal, sides: Sequence[Side]) -> None:
    """Take the locks of all agencies concerned in the order of their numbers, and the deal's."""
    deals.lock_agencies(session, concerned(session, deal, sides))
    deals.lock(session, deal)
