"""Rows of the rewards' pages, for the walk over all routes."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import SYSTEM, Actor
from portal.models import Person, Reward, RewardState, Role
from portal.services.rewards import drafts as reward_drafts
from portal.services.rewards import goods as reward_goods
from portal.services.rewards import rewards
from portal.services.vouchers import redeeming, vouchers
from referral.rewards.reward_plan import HOMEOWNER_LADDER, Item, Kind
from referral.rewards.reward_toml import plan_to_toml
from tests import factories as make

AT = datetime(2026, 2, 3, 4, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def reward(session: Session, people: Mapping[Role, Person]) -> Reward:
    """What a friend of the side's referrer brings."""
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    deal = make.referred_deal(session, make.refers(session, people[Role.REFERRER]), AT)
    rewards.settle_rewards(session, SYSTEM, AT, deal)
    return session.scalars(select(Reward).where(Reward.deal_id == deal.id)).one()


def voucher(session: Session, people: Mapping[Role, Person]) -> int:
    """An open voucher of the side's referrer."""
    row = reward(session, people)
    row.state = RewardState.DUE
    issued, _ = reward_goods.approve_goods(session, Actor.of(people[Role.FINANCE]), AT, [row.id])
    return issued[0].id


def bill(session: Session, people: Mapping[Role, Person]) -> int:
    """A bill that was paid out of a fee relief."""
    place = make.refers(session, people[Role.REFERRER]).development_id
    item = Item(Kind.FEE_RELIEF, "property_fee_relief", term_months=12)
    issue = vouchers.Issue(f"bill:{people[Role.REFERRER].id}", place, item, days=30)
    code = vouchers.issue(session, SYSTEM, AT, issue).code
    sent = redeeming.Bill(development_id=place, number="2026-02", months=1, amount_fen=30_000)
    return redeeming.apply_relief(session, Actor.of(people[Role.RECEPTION]), AT, code, sent).bill.id


def draft(session: Session, people: Mapping[Role, Person]) -> int:
    """A reward plan that waits for a second person."""
    facts = {"toml": plan_to_toml(HOMEOWNER_LADDER), "effective_from": LATER}
    row = reward_drafts.propose_reward_plan(
        session, Actor.of(people[Role.CHANNEL_MANAGER]), LATER, reward_drafts.ProposedPlan(**facts)
    )
    session.flush()
    return row.id
