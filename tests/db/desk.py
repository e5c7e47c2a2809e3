"""A desk with its people, for the tests of vouchers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.models import Deal, Milestone, MilestoneKind, Referrer, Reward, Role, Voucher
from portal.services.rewards import goods as reward_goods
from portal.services.rewards import rewards
from portal.services.taxes import tables as tax_tables
from portal.services.vouchers import redeeming, vouchers
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Item, Kind
from tests import factories as make


@dataclass(frozen=True, slots=True)
class Desk:
    """Reception and the channel manager of one development, and a referrer there."""

    reception: Actor
    manager: Actor
    referrer: Referrer

    @classmethod
    def opened(cls, session: Session) -> "Desk":
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        tax_tables.publish_given_table(session, make.BEFORE)
        reception, manager = (make.person(session, role) for role in (Role.RECEPTION, Role.CHANNEL_MANAGER))
        return cls(Actor.of(reception), Actor.of(manager), make.referrer(session))

    @property
    def place(self) -> int:
        return self.referrer.development_id

    def friend_signs(self, session: Session, at: datetime, handed_over: bool = False) -> Deal:
        deal = make.referred_deal(session, self.referrer, at)
        if handed_over:
            facts = {"note": "", "recorded_at": at, "recorded_by": self.manager.id}
            session.add(Milestone(deal=deal, kind=MilestoneKind.HANDED_OVER, at=at, **facts))
        rewards.settle_rewards(session, SYSTEM, at, deal)
        return deal

    def voucher(self, session: Session, now: datetime, deal: Deal) -> Voucher:
        """The voucher of the deal's reward, approved at `now`."""
        rewards.due_rewards(session, now)
        reward = session.scalars(select(Reward).where(Reward.deal_id == deal.id, Reward.state == RewardState.DUE)).one()
        (issued,), _ = reward_goods.approve_goods(session, self.manager, now, [reward.id])
        return issued

    def redeem(self, session: Session, now: datetime, text: str, **given: object) -> redeeming.Redeeming:
        facts = {"development_id": self.place, "key": "page-1", **given}
        actor = facts.pop("actor", self.reception)
        return redeeming.redeem_voucher(session, actor, now, text=text, **facts)


def gift(session: Session, desk: Desk, now: datetime, reference: str = "test:1") -> Voucher:
    item = Item(Kind.GIFT, "coffee_coupon", value_fen=3_000)
    return vouchers.issue(session, SYSTEM, now, vouchers.Issue(reference, desk.place, item, days=30))


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        action()
    return refusal.value.code
