"""Taking back a bill that was entered wrongly for a fee relief (rules 7.4): by a second person, with a reason.

The bill stays written, with its return beside it. Its months are there again, its amount leaves the income of the month
in which it was counted, and its number is free to be entered rightly.

Locks as in `redeeming`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, select, update

from commissions.refusal import Refusal
from referral.rewards.reward import RewardState
from referral.voucher import VoucherState

from ...access.actor import Actor
from ...models import ReliefBill, ReliefReturn, Reward, Voucher
from ...session import Session
from .. import audit
from ..inserts import insert_unless_there
from ..vouchers import redeeming, vouchers
from . import charge_backs, rewards


def take_bill_back(session: Session, actor: Actor, now: datetime, bill: ReliefBill, *, reason: str) -> ReliefReturn:
    """Take a bill back.

    Raises Refusal: those of `refusal_of`; `bill_return_reason_needed`; `bill_returned` where somebody was faster.
    """
    refusal = refusal_of(actor, bill)
    if refusal is not None:
        raise refusal
    if not reason.strip():
        raise Refusal("bill_return_reason_needed", field="reason")
    voucher = bill.voucher
    if voucher.reward is not None:
        rewards.hold(session, voucher.reward.deal)
    redeeming.hold(session, voucher)
    facts: dict[str, Any] = {"bill_id": bill.id, "reason": reason.strip(), "by_id": actor.id, "at": now}
    key = insert_unless_there(session, ReliefReturn, ("bill_id",), **facts)
    if key is None:
        raise Refusal("bill_returned")
    _give_back(session, voucher, bill.months)
    charge_backs.untax_bill(session, actor, now, bill)
    audit.record(session, actor, now, "bill_taken_back", voucher, bill_id=bill.id, amount_fen=bill.amount_fen)
    vouchers.tell_of(session, actor, now, "bill_taken_back", voucher)
    if voucher.reward is not None:
        _not_received(session, actor, now, voucher.reward)
    session.expire(bill)
    return session.get_one(ReliefReturn, key)


def refusal_of(actor: Actor, bill: ReliefBill) -> Refusal | None:
    """Why this hand may not take a bill back, before anybody presses anything: `own_reward`, `own_bill`."""
    if bill.voucher.holder_id is not None and bill.voucher.holder_id == actor.person_id:
        return Refusal("own_reward")
    return Refusal("own_bill") if bill.by_id == actor.person_id else None


def _give_back(session: Session, voucher: Voucher, months: int) -> None:
    """The months go to the voucher that can still be shown; where none can, they stay with the bill's own."""
    living = None if voucher.reward is None else vouchers.living_of(session, voucher.reward)
    to = living or voucher
    session.execute(
        update(Voucher)
        .where(Voucher.id == to.id)
        .values(
            months_left=Voucher.months_left + months,
            state=case((Voucher.state == VoucherState.REDEEMED, VoucherState.OPEN.value), else_=Voucher.state),
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(to)


def _not_received(session: Session, actor: Actor, now: datetime, reward: Reward) -> None:
    """With its only bill taken back, nothing was received: the reward is as it was before, and follows its purchase."""
    paid = exists().where(Voucher.reward_id == reward.id, ReliefBill.voucher_id == Voucher.id, vouchers.counting_bill())
    if reward.state is not RewardState.FULFILLED or reward.review is not None or session.scalar(select(paid)):
        return
    reward.state, reward.needs_review, reward.reviewed_rung = RewardState.APPROVED, False, None
    if vouchers.living_of(session, reward) is None:
        reward.state, reward.approved_at, reward.approved_by = RewardState.DUE, None, None
    audit.record(session, actor, now, "reward_not_received", reward)
    rewards.settle_rewards(session, actor, now, reward.deal)
