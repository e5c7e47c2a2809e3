"""What becomes of goods that are charged back (rules 7.4): nothing of them goes on, and they leave the taxed income.

What was used up cannot be returned. What it cost is asked for by an adjustment, which a second person approves; until
there is one, the reward is listed as not asked for.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, select

from referral.rewards.reward_plan import Kind

from ...access import scope
from ...access.actor import Actor
from ...clock import local_day, month_of
from ...models import Adjustment, AdjustmentState, Redemption, RedemptionEnd, ReliefBill, ReviewOutcome, Reward, Voucher
from ...session import Session
from .. import audit
from ..taxes import withholding
from ..vouchers import vouchers

_CHARGED = (ReviewOutcome.CHARGED, ReviewOutcome.REPLACED)


def take_goods_back(session: Session, actor: Actor, now: datetime, reward: Reward, reason: str) -> None:
    """End what goes on of a reward: an open voucher, a parking space; and take its value out of the taxed income.

    For who holds the referrer's row.
    """
    vouchers.take_back(session, actor, now, reward)
    for voucher in session.scalars(select(Voucher).where(Voucher.reward_id == reward.id).order_by(Voucher.id)).all():
        if voucher.redemption is not None:
            _end_parking(session, actor, now, voucher.redemption, reason)
            if voucher.kind is Kind.VOUCHER and voucher.value_fen:
                _untax(session, actor, now, voucher, voucher.redemption.at, f"voucher:{voucher.id}", voucher.value_fen)
    for bill in _bills(session, reward):
        untax_bill(session, actor, now, bill)


def untax_bill(session: Session, actor: Actor, now: datetime, bill: ReliefBill) -> None:
    """Take a bill out of the income that it was counted in; once."""
    _untax(session, actor, now, bill.voucher, bill.at, f"relief:{bill.id}", bill.amount_fen)


def worth_fen(session: Session, reward: Reward) -> int:
    """What was received of a reward came to: goods of a value, bills that count. A parking space has no price."""
    redeemed = select(func.sum(Voucher.value_fen)).join(Redemption).where(Voucher.reward_id == reward.id)
    return int(session.scalar(redeemed) or 0) + sum(bill.amount_fen for bill in _bills(session, reward))


def not_asked_for(actor: Actor) -> Select[Reward]:
    """Rewards that were charged back, cost something, and are in no adjustment yet."""
    return scope.visible(actor, Reward).where(
        Reward.review.in_(_CHARGED), Reward.kind.in_((Kind.VOUCHER, Kind.FEE_RELIEF)), _cost_something(), ~_asked_for()
    )


def is_to_be_asked_for(session: Session, actor: Actor, reward: Reward) -> bool:
    """Whether this one is among them."""
    return session.scalar(not_asked_for(actor).where(Reward.id == reward.id)) is not None


def _cost_something() -> ColumnElement[bool]:
    goods = exists().where(Voucher.reward_id == Reward.id, Redemption.voucher_id == Voucher.id, Voucher.value_fen > 0)
    bills = exists().where(
        Voucher.reward_id == Reward.id, ReliefBill.voucher_id == Voucher.id, vouchers.counting_bill()
    )
    return goods | bills


def _asked_for() -> ColumnElement[bool]:
    gone = (AdjustmentState.REFUSED, AdjustmentState.WITHDRAWN)
    return exists().where(Adjustment.reward_id == Reward.id, Adjustment.state.not_in(gone))


def _bills(session: Session, reward: Reward) -> list[ReliefBill]:
    stmt = select(ReliefBill).join(Voucher).where(Voucher.reward_id == reward.id, vouchers.counting_bill())
    return list(session.scalars(stmt.order_by(ReliefBill.id)))


def _end_parking(session: Session, actor: Actor, now: datetime, redemption: Redemption, reason: str) -> None:
    """The day of the decision is the last; a space that has not begun never does, one that is over stays as it was."""
    starts, ends = redemption.starts_on, redemption.ends_on
    if starts is None or ends is None or redemption.ended is not None:
        return
    after = max(starts, local_day(now) + timedelta(days=1))
    after = starts if local_day(now) < starts else after
    if after < ends:
        session.add(RedemptionEnd(redemption=redemption, ends_on=after, reason=reason, by_id=actor.id, at=now))
        audit.record(session, actor, now, "parking_ended", redemption.voucher, ends_on=after.isoformat())
        vouchers.tell_of(session, actor, now, "parking_ended", redemption.voucher)


def _untax(
    session: Session, actor: Actor, now: datetime, voucher: Voucher, at: datetime, counted_as: str, value_fen: int
) -> None:
    if voucher.holder_id is not None:
        withholding.count_goods(
            session,
            actor,
            now,
            withholding.Goods(
                person_id=voucher.holder_id,
                month=month_of(at),
                reference=f"{counted_as}:back",
                value_fen=-value_fen,
                what=voucher.title,
            ),
        )
