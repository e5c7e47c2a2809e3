"""The funnel: what became of the leads of a period, by whom, and what a signing cost (rules 7, 8)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import SYSTEM, Actor
from portal.models import Audience, Deal, FriendVisit, Lead, Referrer, Reward, Role
from portal.rules.partners.policy import Policy
from portal.services.leads import leads
from portal.services.leads import visits as friend_visits
from portal.services.referral import funnel
from portal.services.referral.funnel import By, FunnelFilter, Share, Steps
from portal.services.referral.scans import count_scan
from portal.services.registrations import walk_ins
from portal.services.rewards import rewards
from tests import factories as make

DAY = timedelta(days=1)


@pytest.fixture
def manager(session: Session) -> Actor:
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


def scan(session: Session, now: datetime, referrer: Referrer, count: int, campaign: str = "") -> None:
    for number in range(count):
        count_scan(
            session,
            now,
            referrer_id=referrer.id,
            design="arch",
            campaign=campaign,
            address=f"192.0.2.{number}",
            agent=campaign,
        )


def leave(session: Session, now: datetime, referrer: Referrer, campaign: str = "", phone: str | None = None) -> Lead:
    return leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=referrer.code,
            name="王小明",
            phone=phone or make.new_phone(),
            consent_version="2",
            locale="en",
            address=None,
            origin=leads.Origin("arch", campaign),
        ),
    )


def sign(session: Session, lead: Lead, at: datetime, **given: Any) -> Deal:
    session.flush()
    deal = make.deal(session, touch=lead.touch, signed_at=at, **given)
    rewards.settle_rewards(session, SYSTEM, at, deal)
    return deal


def test_each_step_counts_what_became_of_the_same_friends(session: Session, now: datetime, manager: Actor) -> None:
    referrer = make.referrer(session, audience=Audience.CITIZEN)
    reception = Actor.of(make.person(session, Role.RECEPTION))
    scan(session, now, referrer, 5)
    phones = [make.new_phone() for _ in range(3)]
    first, second, third = (leave(session, now, referrer, phone=phone) for phone in phones)
    leave(session, now, make.referrer(session, development=referrer.development), phone=phones[0])  # refused there
    visit = {"development_id": referrer.development_id, "phone": phones[1], "name": "王"}
    for hours in (1, 2):
        walk_ins.sign_in_walk_in(session, reception, now + timedelta(hours=hours), **visit)
    sign(session, first, now)
    cancelled = sign(session, third, now)
    make.cancel(session, cancelled, now)
    rewards.settle_rewards(session, SYSTEM, now, cancelled)
    session.flush()

    mine, others = funnel.funnel(session, manager, FunnelFilter(), By.REFERRER)
    assert (mine.name, others.steps) == (referrer.person.name, Steps(refused=1))
    granted = session.scalars(select(Reward).where(Reward.deal_id.is_not(None), Reward.state != "revoked")).all()
    paid = sum(reward.value_fen or 0 for reward in granted)
    months = sum(reward.term_months or 0 for reward in granted)
    assert mine.steps == Steps(
        scans=5,
        leads=3,
        proven=1,
        visits=2,
        signings=1,
        rewarded=1,
        rewards=len(granted),
        reward_fen=paid,
        span_fen=months * 400_00,
    )
    assert (paid, months) == (20_000_00, 12)
    assert mine.steps.cost_fen == 24_800_00
    assert funnel.own(session, Actor.of(referrer.person)) == mine.steps
    assert session.scalars(select(FriendVisit.touch_id)).all() == [second.touch_id], "once a day"
    assert [friend.step for friend in leads.friends(session, now, [first, second, third])] == [
        "signed",
        "visited",
        "cancelled",
    ]


def test_a_lead_ends_with_its_protection_and_a_visit_lengthens_it(session: Session, now: datetime) -> None:
    """Half-open, as everywhere: at the instant of expiry it is over."""
    referrer = make.referrer(session)
    came, stayed_away = (leave(session, now, referrer, phone=phone) for phone in (make.new_phone(), make.new_phone()))
    policy = Policy.of(referrer.development.policy)
    friend_visits.record_visit(session, Actor.of(make.person(session, Role.RECEPTION)), now + DAY, came.touch)
    ended = now + timedelta(days=policy.lead_days)

    def steps(at: datetime) -> list[str]:
        return [friend.step for friend in leads.friends(session, at, [came, stayed_away])]

    assert steps(ended - timedelta(seconds=1)) == ["visited", "accepted"]
    assert steps(ended) == ["visited", "lapsed"]
    assert steps(now + DAY + timedelta(days=policy.deal_days)) == ["lapsed", "lapsed"]


@pytest.mark.parametrize("by", list(By))
def test_told_apart_it_adds_up_to_the_same(session: Session, now: datetime, manager: Actor, by: By) -> None:
    one, other = make.referrer(session), make.referrer(session, audience=Audience.CITIZEN)
    for referrer, campaign in ((one, "wechat"), (one, "print"), (other, "print")):
        scan(session, now, referrer, 2, campaign)
        sign(session, leave(session, now, referrer, campaign), now)
    parts = funnel.funnel(session, manager, FunnelFilter(), by)
    assert len(parts) == {By.DESIGN: 1}.get(by, 2)
    total = funnel.whole(parts)
    assert (total.scans, total.leads, total.visits, total.signings) == (6, 3, 3, 3)
    assert all(part.name for part in parts) == (by in {By.REFERRER, By.DEVELOPMENT})


def test_filters_narrow_every_step(session: Session, now: datetime, manager: Actor) -> None:
    one, other = make.referrer(session), make.referrer(session, audience=Audience.CITIZEN)
    for referrer, at, campaign in ((one, now - DAY, "wechat"), (one, now, "print"), (other, now, "print")):
        scan(session, at, referrer, 1, campaign)
        sign(session, leave(session, at, referrer, campaign), at)
    today = date(2026, 3, 10)
    for wanted, expected in (
        (FunnelFilter(), 3),
        (FunnelFilter(since=today), 2),
        (FunnelFilter(until=today), 1),
        (FunnelFilter(since=today, until=today), 0),
        (FunnelFilter(campaign="print"), 2),
        (FunnelFilter(audience=Audience.CITIZEN), 1),
        (FunnelFilter(development_id=one.development_id), 2),
        (FunnelFilter(development_id=one.development_id, campaign="print", since=today), 1),
    ):
        total = funnel.whole(funnel.funnel(session, manager, wanted, By.REFERRER))
        assert (total.scans, total.leads, total.visits, total.signings) == (expected,) * 4, wanted


def test_a_referrer_sees_only_the_own(session: Session, now: datetime, manager: Actor) -> None:
    mine, rival = make.referrer(session), make.referrer(session)
    scan(session, now, rival, 3)
    assert funnel.own(session, Actor.of(mine.person)) == Steps()
    for by in By:
        assert funnel.funnel(session, Actor.of(mine.person), FunnelFilter(), by) == []
    assert funnel.funnel(session, Actor.of(make.broker(session)), FunnelFilter(), By.REFERRER) == []


def test_the_share_of_deals_that_referrals_brought(session: Session, now: datetime, manager: Actor) -> None:
    referrer = make.referrer(session)
    assert funnel.referral_share(session, FunnelFilter()).bps is None
    sign(session, leave(session, now, referrer), now)
    sign(session, leave(session, now, referrer), now, cancelled_at=now)
    for at in (now, now, now - 40 * DAY):
        make.deal(session, touch=make.touch(session), signed_at=at)
    assert funnel.referral_share(session, FunnelFilter()) == Share(1, 4)
    assert funnel.referral_share(session, FunnelFilter(since=date(2026, 3, 1))).bps == 3333
    assert funnel.referral_share(session, FunnelFilter(development_id=referrer.development_id)) == Share(1, 1)


@pytest.mark.parametrize(("fen", "signings", "cost"), [(100, 3, 33), (200, 3, 67), (1, 2, 1), (0, 1, 0), (5, 0, None)])
def test_the_cost_of_a_signing_is_rounded_half_up(fen: int, signings: int, cost: int | None) -> None:
    assert Steps(reward_fen=fen, signings=signings).cost_fen == cost


@pytest.mark.parametrize(
    ("month", "worth", "unpriced"),
    [({}, 12 * 400_00, 0), ({"relief_month_yuan": 350}, 12 * 350_00, 0), ({"relief_month_yuan": 0}, 0, 1)],
)
def test_what_is_given_for_a_time_counts_by_the_month(
    session: Session, now: datetime, manager: Actor, month: dict[str, int], worth: int, unpriced: int
) -> None:
    referrer = make.referrer(session, audience=Audience.CITIZEN, development=make.development(session, policy=month))
    sign(session, leave(session, now, referrer), now)
    (part,) = funnel.funnel(session, manager, FunnelFilter(), By.DEVELOPMENT)
    assert (part.steps.span_fen, part.steps.unpriced, part.steps.rewarded) == (worth, unpriced, 1)
    assert part.steps.cost_fen == part.steps.reward_fen + worth


@pytest.mark.parametrize(
    ("part", "whole", "bps"), [(2, 3, 6667), (12, 29, 4138), (1, 3, 3333), (0, 5, 0), (5, 5, 10_000)]
)
def test_rates_are_rounded_half_up(part: int, whole: int, bps: int) -> None:
    assert funnel.part_bps(part, whole) == bps
