"""Friends sign, move in and cancel, rewards are approved and handed out, in any order: the books agree after every
step, and telling any of it again adds nothing (rules 7.4).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM
from portal.models import AuditEntry, Deal, Milestone, MilestoneKind, Redemption, Reward, Voucher
from portal.services.rewards import goods as reward_goods
from portal.services.rewards import rewards
from portal.services.vouchers import redeeming
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Kind
from referral.voucher import VoucherState
from tests import factories as make
from tests.db.desk import Desk

FRIENDS = 4
STEPS = 40
ANSWERS = {"done", "voucher_revoked", "voucher_expired", "relief_exceeded"}


class Story:
    """A desk, its referrer's friends, and whatever happens to them next."""

    def __init__(self, session: Session, now: datetime, random: Random) -> None:
        self.session, self.now, self.random = session, now, random
        self.desk = Desk.opened(session)
        self.deals = [self.desk.friend_signs(session, now + timedelta(hours=n)) for n in range(FRIENDS)]
        self.steps: tuple[Callable[[], None], ...] = (
            self.moves_in,
            self.cancels,
            self.is_settled_again,
            self.passes,
            self.is_approved,
            self.is_handed_out,
            self.is_handed_out,
        )

    def goes_on(self) -> None:
        self.random.choice(self.steps)()

    def moves_in(self) -> None:
        deal = self.random.choice(self.deals)
        there = select(Milestone.id).where(Milestone.deal_id == deal.id, Milestone.kind == MilestoneKind.HANDED_OVER)
        if self.session.scalar(there) is None:
            facts = {"note": "", "recorded_at": self.now, "recorded_by": self.desk.manager.id}
            self.session.add(Milestone(deal=deal, kind=MilestoneKind.HANDED_OVER, at=self.now, **facts))
        self.settled(deal)

    def cancels(self) -> None:
        deal = self.random.choice(self.deals)
        if self.random.random() < 0.4 and deal.cancelled_at is None:
            make.cancel(self.session, deal, self.now)
        self.settled(deal)

    def is_settled_again(self) -> None:
        self.settled(self.random.choice(self.deals))

    def passes(self) -> None:
        self.now += timedelta(days=self.random.randrange(20))
        rewards.due_rewards(self.session, self.now)

    def is_approved(self) -> None:
        ids = self.session.scalars(select(Reward.id).order_by(Reward.id)).all()
        reward_goods.approve_goods(self.session, self.desk.manager, self.now, self.random.sample(ids, 2))

    def is_handed_out(self) -> None:
        """Whatever voucher there is, sent two times with one key; a no is an answer too."""
        vouchers = self.session.scalars(select(Voucher).order_by(Voucher.id)).all()
        if vouchers:
            voucher = self.random.choice(vouchers)
            assert {self.answer(voucher) for _ in range(2)} <= ANSWERS

    def answer(self, voucher: Voucher) -> str:
        try:
            if voucher.kind is Kind.FEE_RELIEF:
                facts = {"number": f"{self.now:%Y-%m}", "months": 5, "amount_fen": 50_000}
                bill = redeeming.Bill(development_id=self.desk.place, **facts)
                redeeming.apply_relief(self.session, self.desk.reception, self.now, voucher.code, bill)
            else:
                self.desk.redeem(self.session, self.now, voucher.code, key=f"page-{voucher.id}")
        except Refusal as refusal:
            return refusal.code
        return "done"

    def settled(self, deal: Deal) -> None:
        rewards.settle_rewards(self.session, SYSTEM, self.now, deal)

    def agrees(self) -> None:
        """One living reward a friend, one living voucher a reward, none behind a reward that nobody earned."""
        session = self.session
        session.flush()
        living = session.execute(select(Reward.deal_id, Reward.slot).where(Reward.state != RewardState.REVOKED)).all()
        assert len(living) == len(set(living))
        vouchers = session.scalars(select(Voucher).where(Voucher.state != VoucherState.REVOKED)).all()
        assert len({one.reward_id for one in vouchers}) == len(vouchers)
        for voucher in vouchers:
            session.refresh(voucher)
            assert session.get_one(Reward, voucher.reward_id).state in (RewardState.APPROVED, RewardState.FULFILLED)
        gone = select(func.count(Voucher.id)).where(Voucher.state == VoucherState.REDEEMED)
        once = session.scalar(gone.where(Voucher.kind != Kind.FEE_RELIEF))
        assert once == session.scalar(select(func.count(Redemption.id)))

    def told_again(self) -> None:
        """Every deal settled, and every voucher's page sent, once more: nothing is written."""
        before = self.session.scalar(select(func.count(AuditEntry.id)))
        for deal in self.deals:
            self.settled(deal)
        for done in self.session.scalars(select(Redemption)).all():
            assert self.desk.redeem(self.session, self.now, done.voucher.code, key=done.key).again
        assert self.session.scalar(select(func.count(AuditEntry.id))) == before


@pytest.mark.parametrize("seed", range(6))
def test_any_order_agrees_and_telling_it_again_adds_nothing(session: Session, now: datetime, seed: int) -> None:
    story = Story(session, now + timedelta(days=1), Random(seed))
    for _ in range(STEPS):
        story.goes_on()
        story.agrees()
    story.told_again()
    handed_out = select(func.count(AuditEntry.id)).where(AuditEntry.action == "reward_handed_out")
    assert session.scalar(handed_out), "a history in which nobody received anything proves little"
