"""Rewards that are no money: approved, they become a voucher; and what a person decides when a purchase changed.

The twin of `reward_payments`. A fulfilled reward whose deal was cancelled, or whose friend stands on another rung now,
is a person's to decide: it stands, it is charged back, or it is replaced by what is earned now (rules 7.4). Nobody
decides for himself.

Locks: the referrer's row, then the rewards'.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import VOUCHER_DAYS, Kind
from referral.voucher import months_later

from ...access import scope
from ...access.actor import Actor
from ...clock import local_day
from ...models import Deal, Referrer, ReviewOutcome, Reward, Voucher
from ...session import Session
from .. import audit
from ..vouchers import vouchers
from . import charge_backs, rewards
from . import payments as reward_payments
from .payments import NotApproved
from .telling import tell_of

_LISTED = 50
"""How many that wait for an adjustment are shown at once."""


def approve_goods(
    session: Session, actor: Actor, now: datetime, ids: Iterable[int]
) -> tuple[list[Voucher], list[NotApproved]]:
    """Approve each of these rewards that may be, and issue its voucher; name the others with their no."""
    issued, left_out = [], []
    for row in _held(session, ids):
        refusal = _refusal(actor, row)
        if refusal is not None:
            left_out.append(NotApproved(row, refusal))
            continue
        moved = session.scalar(
            update(Reward)
            .where(Reward.id == row.id, Reward.state == RewardState.DUE)
            .values(state=RewardState.APPROVED, approved_at=now, approved_by=actor.id)
            .returning(Reward.id)
        )
        session.refresh(row)
        if moved is None:
            left_out.append(NotApproved(row, Refusal("reward_not_due", state=RewardState(row.state))))
            continue
        issued.append(vouchers.issue_for(session, actor, now, row, _days(session, now, row)))
        audit.record(session, actor, now, "reward_approved", row)
        tell_of(session, actor, now, "reward_approved", row)
    return issued, left_out


def reissue(session: Session, actor: Actor, now: datetime, voucher: Voucher) -> Voucher:
    """Issue the voucher of a reward anew, whose time is over; of a fee relief with what is left of it.

    Raises Refusal `own_reward`, and `voucher_not_over` where there is one that can be redeemed, or nothing is left.
    """
    if voucher.reward is None:
        raise Refusal("voucher_not_over")
    (row,) = _held(session, [voucher.reward.id])
    if actor.is_paid_as(row.payee):
        raise Refusal("own_reward")
    if not is_over(session, now, row):
        raise Refusal("voucher_not_over")
    issued = vouchers.issue_for(session, actor, now, row, _days(session, now, row))
    audit.record(session, actor, now, "voucher_reissued", row, voucher_id=issued.id)
    tell_of(session, actor, now, "voucher_reissued", row)
    return issued


def is_over(session: Session, now: datetime, reward: Reward) -> bool:
    """Whether something of an approved reward is left to be redeemed, and no voucher that can be."""
    living = vouchers.living_of(session, reward)
    if reward.needs_review or (living is not None and vouchers.standing(living, now) != "expired"):
        return False
    left = vouchers.months_left(session, reward)
    return reward.state is RewardState.APPROVED or (reward.state is RewardState.FULFILLED and bool(left))


def decide_review(
    session: Session, actor: Actor, now: datetime, reward: Reward, *, outcome: ReviewOutcome, reason: str
) -> bool:
    """Decide over a fulfilled reward whose purchase changed; False when by now it is worth again what was received.

    Then nothing is left to decide, and the review is closed. Charged back or replaced, its money is taken back by a
    mirrored line; of goods nothing goes on (`charge_backs`), and what they cost is asked for by an adjustment. Raises
    Refusal `own_reward`, `review_decided`, `review_reason_needed`, `review_still_earned` (charge back what a friend on
    another rung still earns), `review_nothing_earned`.
    """
    if not reason.strip():
        raise Refusal("review_reason_needed", field="reason")
    (row,) = _held(session, [reward.id])
    if actor.is_paid_as(row.payee):
        raise Refusal("own_reward")
    if not row.needs_review and row.review is not None:
        raise Refusal("review_decided")
    rewards.settle_rewards(session, actor, now, row.deal)  # what is decided is what is earned now, not what once was
    if not row.needs_review:
        return False
    if outcome is ReviewOutcome.CHARGED and row.reviewed_rung:
        raise Refusal("review_still_earned", field="outcome")
    if outcome is ReviewOutcome.REPLACED and not row.reviewed_rung:
        raise Refusal("review_nothing_earned", field="outcome")
    row.needs_review = False
    row.review, row.review_reason, row.reviewed_at, row.reviewed_by = outcome, reason.strip(), now, actor.id
    audit.record(session, actor, now, "reward_reviewed", row, outcome=outcome)
    tell_of(session, actor, now, "reward_stands" if outcome is ReviewOutcome.STANDS else "reward_taken_back", row)
    if outcome is not ReviewOutcome.STANDS:
        _take_back(session, actor, now, row)
    return True


def waiting(actor: Actor, *, development_id: int | None = None) -> Select[Reward]:
    """Due rewards that are no money, with all that the list shows."""
    stmt = scope.visible(actor, Reward).where(Reward.kind != Kind.CASH, Reward.state == RewardState.DUE)
    return _shown(stmt, development_id)


def to_review(actor: Actor, *, development_id: int | None = None) -> Select[Reward]:
    """Fulfilled rewards whose purchase changed, with all that the list shows."""
    return _shown(scope.visible(actor, Reward).where(Reward.needs_review), development_id)


def not_asked_for(session: Session, actor: Actor) -> Sequence[Reward]:
    """What was charged back and is in no adjustment yet, the oldest first, with what the list shows."""
    stmt = _shown(charge_backs.not_asked_for(actor), None).order_by(Reward.reviewed_at, Reward.id)
    return session.scalars(stmt.limit(_LISTED)).all()


def find_review(session: Session, actor: Actor, key: int) -> Reward | None:
    """A reward that was sent to review once, decided or not."""
    return session.scalar(_shown(scope.visible(actor, Reward).where(Reward.id == key), None))


def _shown(stmt: Select[Reward], development_id: int | None) -> Select[Reward]:
    if development_id is not None:
        stmt = stmt.where(Reward.development_id == development_id)
    owner = joinedload(Reward.referrer).joinedload(Referrer.person)
    deal = joinedload(Reward.deal).joinedload(Deal.touch)
    return stmt.options(owner, deal, joinedload(Reward.development), joinedload(Reward.reviewer))


def _held(session: Session, ids: Iterable[int]) -> Sequence[Reward]:
    """These rewards as they stand, while nobody else may change what their referrers earn."""
    wanted = sorted(set(ids))
    owners = select(Reward.referrer_id).where(Reward.id.in_(wanted))
    lock = select(Referrer.id).where(Referrer.id.in_(owners)).order_by(Referrer.id)
    session.execute(lock.with_for_update(of=Referrer))
    stmt = select(Reward).where(Reward.id.in_(wanted)).options(joinedload(Reward.referrer)).order_by(Reward.id)
    return session.scalars(stmt.execution_options(populate_existing=True)).all()


def _refusal(actor: Actor, reward: Reward) -> Refusal | None:
    if actor.is_paid_as(reward.payee):
        return Refusal("own_reward")
    if reward.kind is Kind.CASH:
        return Refusal("reward_is_money")
    return None if reward.state is RewardState.DUE else Refusal("reward_not_due", state=RewardState(reward.state))


def _days(session: Session, now: datetime, reward: Reward) -> int:
    """How long the voucher holds: by the plan that it is by; a fee relief as much longer as it relieves."""
    plan = rewards.plan_of_reward(session, reward)
    days = VOUCHER_DAYS if plan is None else plan.voucher_days
    if reward.kind is not Kind.FEE_RELIEF:
        return days
    today = local_day(now)
    return days + (months_later(today, reward.term_months or 0) - today).days


def _take_back(session: Session, actor: Actor, now: datetime, reward: Reward) -> None:
    if reward.kind is Kind.CASH:
        reward_payments.take_back(session, actor, now, reward)
    else:
        charge_backs.take_goods_back(session, actor, now, reward, reward.review_reason or "")
    reward.state = RewardState.REVOKED
    session.flush()
    rewards.settle_rewards(session, actor, now, reward.deal)
