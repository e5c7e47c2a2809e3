"""What keeps a person's name or phone although it was asked to be erased: read from the tables, judged by the rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, or_, select

from commissions.refusal import Refusal
from referral.rewards.reward import RewardState

from ...clock import local_day
from ...models import (
    Adjustment,
    BankChange,
    ConflictCase,
    Correction,
    Deal,
    Development,
    LedgerBatch,
    Milestone,
    MilestoneKind,
    Payout,
    PayoutApproval,
    PayoutBatch,
    PayoutState,
    PayoutStep,
    Person,
    PlanVersion,
    PostedLine,
    Referrer,
    Reward,
    Showing,
    Statement,
    StatementLine,
    TaxedGoods,
    Touch,
    Voucher,
    VoucherState,
    Withholding,
    WithholdingTable,
)
from ...rules.erasure import grounds as rule
from ...rules.erasure.grounds import Ground, Hold
from ...session import Session
from ..privacy import retention_sweep

_SIGNED: tuple[tuple[Any, Any], ...] = (
    (Adjustment.decided_by, Adjustment.decided_at),
    (Adjustment.proposed_by, Adjustment.proposed_at),
    (BankChange.decided_by, BankChange.decided_at),
    (BankChange.proposed_by, BankChange.proposed_at),
    (Correction.made_by, Correction.made_at),
    (LedgerBatch.actor_id, LedgerBatch.at),
    (Milestone.recorded_by, Milestone.recorded_at),
    (PayoutApproval.approved_by, PayoutApproval.approved_at),
    (PayoutBatch.exported_by, PayoutBatch.exported_at),
    (PayoutStep.actor_id, PayoutStep.at),
    (PlanVersion.published_by, PlanVersion.published_at),
    (Statement.issued_by, Statement.issued_at),
    (WithholdingTable.published_by, WithholdingTable.published_at),
)
"""Whose name stands under money, and when he wrote it there."""
_PAID: tuple[tuple[Any, Any], ...] = (
    (PostedLine.person_id, PostedLine.posted_at),
    (Statement.person_id, Statement.issued_at),
    (TaxedGoods.person_id, TaxedGoods.counted_at),
    (Withholding.person_id, Withholding.computed_at),
)
"""Whom the books name as who earned."""
_OVER = (PayoutState.PAID, PayoutState.REJECTED, PayoutState.VOIDED)
"""Of a payout that failed or came back somebody is still owed."""


@dataclass(frozen=True, slots=True)
class OfClient:
    """What is held of a client, by the number of the touch or the deal that holds it. The phone is held by any."""

    touches: Mapping[int, Hold]
    deals: Mapping[int, Hold]

    @property
    def holds(self) -> list[Hold]:
        """Of each ground the one that ends last."""
        return rule.longest([*self.touches.values(), *self.deals.values()])


@dataclass(frozen=True, slots=True)
class OfPerson:
    """What holds the name of an account's owner, and what also holds phone and bank details: he is still to be paid, or
    asked."""

    name: list[Hold]
    phone: list[Hold]

    @property
    def holds(self) -> list[Hold]:
        """Of each ground the one that ends last."""
        return rule.longest([*self.name, *self.phone])


def of_client(session: Session, now: datetime, client_id: int) -> OfClient:
    """What of a client has to stay for now."""
    deals = _deals(session, now, Deal.client_id == client_id)
    rows = session.scalars(select(Touch).where(Touch.client_id == client_id).order_by(Touch.id)).all()
    touches: dict[int, Hold] = {}
    undecided = _under_review(session, now, {row.development_id for row in rows}, [row.id for row in rows])
    undecided |= _in_conflict(session, client_id, rows)
    for row in rows:
        found = [rule.hold_of_touch(now, row.protected_until, retired=row.retired_at is not None)]
        found += [Hold(Ground.REVIEW, None)] if row.id in undecided else []
        found += [hold for deal, hold in deals.values() if deal.touch_id == row.id]
        for hold in rule.longest(one for one in found if one is not None):
            known = touches.get(row.id)
            touches[row.id] = hold if known is None or _ends_later(hold, known) else known
    return OfClient(touches, {key: hold for key, (_, hold) in deals.items()})


def of_person(session: Session, now: datetime, person: Person) -> OfPerson:
    """What of an account's owner has to stay for now."""
    mine = [
        rule.hold_of_touch(now, row.protected_until, retired=row.retired_at is not None)
        for row in session.scalars(select(Touch).where(Touch.person_id == person.id, Touch.protected_until > now))
    ]
    deals = [hold for _, hold in _deals(session, now, Deal.owner_id == person.id).values()]
    protections = [hold for hold in mine if hold is not None]
    open_money = _open_money(session, now, person.id)
    books = rule.hold_of_books(now, _last_in_books(session, person.id))
    name = [*protections, *deals, *open_money, *([books] if books else [])]
    return OfPerson(name=rule.longest(name), phone=rule.longest([*protections, *open_money]))


def _deals(session: Session, now: datetime, which: Any) -> dict[int, tuple[Deal, Hold]]:
    handed_over = (
        select(Milestone.at)
        .where(Milestone.deal_id == Deal.id, Milestone.kind == MilestoneKind.HANDED_OVER)
        .order_by(Milestone.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = {}
    for deal, at in session.execute(select(Deal, handed_over).where(which).order_by(Deal.id)):
        hold = rule.hold_of_deal(now, ended_at=deal.cancelled_at or at)
        if hold is not None:
            found[deal.id] = (deal, hold)
    return found


def _under_review(session: Session, now: datetime, developments: Iterable[int], touches: list[int]) -> set[int]:
    """Touches of which a visit waits for a person's word, or was decided lately: it may be appealed against."""
    found: set[int] = set()
    for development in session.scalars(select(Development).where(Development.id.in_(list(developments)))).all():
        try:
            held = retention_sweep.held_as_evidence(development, now)
        except Refusal:  # settings that cannot be read keep what they have
            return set(touches)
        found.update(
            session.scalars(select(Showing.touch_id).where(Showing.touch_id.in_(touches), Showing.id.in_(held)))
        )
    return found


def _in_conflict(session: Session, client_id: int, touches: Iterable[Touch]) -> set[int]:
    """Touches in developments where a person has still to decide whose client it is."""
    of = ConflictCase
    about = or_(of.client_id == client_id, of.other_client_id == client_id)
    places = set(session.scalars(select(of.development_id).where(of.closed_at.is_(None), about)))
    return {row.id for row in touches if row.development_id in places}


def _open_money(session: Session, now: datetime, person_id: int) -> list[Hold]:
    """What somebody is still to be paid, or may still take."""
    waiting = (
        select(PostedLine.id).where(
            PostedLine.person_id == person_id,
            ~PostedLine.id.in_(select(StatementLine.line_id)),
            PostedLine.amount_fen > 0,
        ),
        select(Payout.id).where(Payout.person_id == person_id, Payout.state.not_in(_OVER)),
        select(Statement.id).where(
            Statement.person_id == person_id,
            Statement.payable_fen > 0,
            ~exists().where(Payout.statement_id == Statement.id),
        ),
        select(Reward.id)
        .join(Referrer, Referrer.id == Reward.referrer_id)
        .where(Referrer.person_id == person_id, Reward.state.in_([RewardState.DUE, RewardState.APPROVED])),
    )
    found = [Hold(Ground.MONEY, None)] if any(session.scalar(stmt.limit(1)) is not None for stmt in waiting) else []
    his = Voucher.referrer_id.in_(select(Referrer.id).where(Referrer.person_id == person_id))
    ends = session.scalar(
        select(func.max(Voucher.expires_at)).where(
            or_(Voucher.holder_id == person_id, his), Voucher.state == VoucherState.OPEN, Voucher.expires_at > now
        )
    )
    return found if found or ends is None else [Hold(Ground.MONEY, ends)]


def _last_in_books(session: Session, person_id: int) -> date | None:
    """When the books named somebody last."""
    own = [session.scalar(select(func.max(at)).where(whose == person_id)) for whose, at in (*_SIGNED, *_PAID)]
    of_deals = session.scalar(
        select(func.max(PostedLine.posted_at))
        .join(Deal, Deal.id == PostedLine.deal_id)
        .where(Deal.owner_id == person_id)
    )
    last = max((at for at in (*own, of_deals) if at is not None), default=None)
    return None if last is None else local_day(last)


def _ends_later(hold: Hold, known: Hold) -> bool:
    return known.until is not None and (hold.until is None or hold.until > known.until)
