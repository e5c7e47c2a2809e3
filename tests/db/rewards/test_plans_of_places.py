"""Reward plans of one development, and offers to those who joined before, on both databases (rules 7.3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.clock import local_day
from portal.db import Database
from portal.models import Audience, Event, FactEntry, Person, PlanAcceptance, Referrer, Reward, RewardPlanVersion, Role
from portal.services.accounts import people
from portal.services.rewards import drafts, promises, rewards, what_if
from portal.services.verification import proof
from referral.rewards.reward_plan import HOMEOWNER_LADDER, PROGRAMME, Item, Kind, RewardPlan, Rung
from referral.rewards.reward_toml import plan_to_toml
from tests import factories as make

DAY = timedelta(days=1)
GOLD = RewardPlan("gold", Audience.HOMEOWNER, (Rung(1, (Item(Kind.CASH, "referral_bonus", value_fen=8_888_00),)),))
SILVER = RewardPlan("silver", Audience.HOMEOWNER, (Rung(1, (Item(Kind.CASH, "referral_bonus", value_fen=6_666_00),)),))


@pytest.fixture
def given_plans(session: Session) -> None:
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)


def publish(session: Session, at: datetime, plan: RewardPlan = GOLD, **terms: Any) -> RewardPlanVersion:
    return rewards.publish_reward_plan(session, SYSTEM, at, plan=plan, effective_from=at, **terms)


def signs(session: Session, referrer: Referrer, left_at: datetime, signed_at: datetime) -> Reward:
    """The first reward for a friend who left a number and signed later."""
    deal = make.referred_deal(session, referrer, signed_at)
    deal.touch.at = left_at
    session.flush()
    rewards.settle_rewards(session, SYSTEM, signed_at, deal)
    return session.scalars(select(Reward).where(Reward.deal_id == deal.id).order_by(Reward.slot)).all()[0]


def plan_name(session: Session, referrer: Referrer) -> str:
    plan = rewards.plan_of(session, referrer)
    assert plan
    return plan.name


@pytest.mark.usefixtures("given_plans")
class TestOfADevelopment:
    def test_it_holds_there_for_who_joins_from_then_on(self, session: Session, now: datetime) -> None:
        place = make.development(session)
        earlier = make.referrer(session, development=place, joined_at=now - DAY)
        publish(session, now, development_id=place.id)
        there = make.referrer(session, development=place, joined_at=now + DAY)
        elsewhere = make.referrer(session, joined_at=now + DAY)
        assert [plan_name(session, one) for one in (earlier, there, elsewhere)] == [
            HOMEOWNER_LADDER.name,
            "gold",
            HOMEOWNER_LADDER.name,
        ]
        publish(session, now + 2 * DAY, SILVER)
        later = make.referrer(session, development=place, joined_at=now + 3 * DAY)
        another = make.referrer(session, joined_at=now + 3 * DAY)
        assert [plan_name(session, one) for one in (later, another)] == ["gold", "silver"]
        for where, name in ((place, "gold"), (another.development, "silver")):
            plan = promises.in_force(session, Audience.HOMEOWNER, now + 3 * DAY, where.id)
            assert plan
            assert plan.name == name
        standing = drafts.states(session, now + 3 * DAY)
        of = RewardPlanVersion
        newest = session.scalars(select(of).where(of.audience == "homeowner").order_by(of.id)).all()
        assert [standing[one.id] for one in newest] == ["superseded", "published", "published"]

    def test_it_is_proposed_published_and_tried_for_there(self, session: Session, now: datetime) -> None:
        place = make.development(session)
        here = make.referrer(session, development=place)
        there = make.referrer(session)
        for one in (here, there):
            signs(session, one, now, now)
        finance, approver = (Actor.of(make.person(session, role)) for role in (Role.FINANCE, Role.APPROVER))
        terms = {"toml": plan_to_toml(GOLD), "effective_from": now, "development_id": place.id}
        draft = drafts.propose_reward_plan(session, finance, now, drafts.ProposedPlan(**terms))
        session.flush()
        span = {"since": now - DAY, "until": now + DAY}
        answer = what_if.try_plan(session, now, GOLD, development_id=place.id, **span)
        assert [row.referrer for row in answer.rows] == [here]
        assert answer.after.cash_fen == 8_888_00
        version = drafts.publish_draft(session, approver, now, draft)
        assert (version.development_id, version.offered_until) == (place.id, None)
        everywhere = what_if.try_plan(session, now, SILVER, **span)
        assert [row.referrer for row in everywhere.rows] == [there], "a plan for all changes nothing here"

    def test_what_was_entered_for_all_is_proven_as_before(self, session: Session, now: datetime) -> None:
        publish(session, now, development_id=make.development(session).id)
        session.commit()
        assert proof.verify_ledger(session).fault is None


@pytest.mark.usefixtures("given_plans")
class TestAnOffer:
    @pytest.fixture
    def referrer(self, session: Session, now: datetime) -> Referrer:
        return make.referrer(session, joined_at=now - 9 * DAY)

    def test_is_for_friends_who_come_after_it_was_taken(
        self, session: Session, now: datetime, referrer: Referrer
    ) -> None:
        version = publish(session, now, offered_until=local_day(now + 9 * DAY))
        offered = promises.offered_to(session, now, referrer)
        assert offered
        assert (offered.version, offered.plan.name, offered.instead_of.name) == (version, "gold", HOMEOWNER_LADDER.name)
        assert plan_name(session, referrer) == HOMEOWNER_LADDER.name, "nothing changes by itself"
        before = signs(session, referrer, now, now + 5 * DAY)
        taken = promises.accept(session, Actor.of(referrer.person), now + DAY, referrer, version.id)
        after = signs(session, referrer, now + 2 * DAY, now + 3 * DAY)
        session.refresh(before)
        assert (after.kind, after.value_fen) == (Kind.CASH, 8_888_00)
        assert (before.kind, before.rung, before.why["version"]) == (Kind.VOUCHER, 2, 1), "second now, by its own plan"
        assert (after.why["version"], after.why["nth"]) == (2, 1)
        outlook = rewards.outlook_of(session, now + 6 * DAY, referrer)
        assert outlook
        assert (outlook.plan.name, outlook.signed) == ("gold", 2)
        assert promises.acceptances(session, version) == [taken]
        assert promises.offered_to(session, now + DAY, referrer) is None

    def test_is_refused_once_it_is_over_another_or_taken(
        self, session: Session, now: datetime, referrer: Referrer
    ) -> None:
        actor = Actor.of(referrer.person)

        def refused(at: datetime, version: RewardPlanVersion) -> str:
            with pytest.raises(Refusal) as refusal:
                promises.accept(session, actor, at, referrer, version.id)
            return refusal.value.code

        first = publish(session, now, offered_until=local_day(now + DAY))
        assert refused(now + 3 * DAY, first) == "plan_not_offered"
        second = publish(session, now + timedelta(hours=1), SILVER, offered_until=local_day(now + DAY))
        assert refused(now + timedelta(hours=2), first) == "plan_not_offered"
        promises.accept(session, actor, now + timedelta(hours=2), referrer, second.id)
        assert refused(now + timedelta(hours=3), second) == "plan_not_offered"

    def test_goes_to_who_joined_before_and_is_told(self, session: Session, now: datetime, referrer: Referrer) -> None:
        own, closed, ended = (make.referrer(session, joined_at=now - DAY) for _ in range(3))
        publish(session, now - timedelta(hours=2), SILVER, development_id=own.development_id)
        people.deactivate_person(session, Actor.of(make.person(session, Role.ADMINISTRATOR)), now, closed.person)
        ended.revoked_at = now
        make.referrer(session, audience=Audience.CITIZEN)
        make.company(session)
        version = publish(session, now, offered_until=local_day(now + DAY))
        make.referrer(session, joined_at=now + DAY)
        told = session.scalars(select(Event).where(Event.kind == "plan_offered")).all()
        assert [(one.person_id, one.subject_id) for one in told] == [(referrer.person_id, referrer.id)]
        assert promises.count_offered(session, version) == 1
        assert promises.offered_to(session, now, own) is None

    def test_is_no_offer_without_a_day_or_to_a_programme(self, session: Session, now: datetime) -> None:
        finance = Actor.of(make.person(session, Role.FINANCE))
        programme = RewardPlan("p", Audience.PROGRAMME, (), gifts=PROGRAMME.gifts)
        for plan, until, code in (
            (GOLD, local_day(now), "offer_days"),
            (programme, date(2027, 1, 1), "offer_to_programmes"),
        ):
            terms = {"toml": plan_to_toml(plan), "effective_from": now + 3 * DAY, "offered_until": until}
            with pytest.raises(Refusal, match=code):
                drafts.propose_reward_plan(session, finance, now, drafts.ProposedPlan(**terms))

    def test_that_was_taken_is_never_taken_back(self, session: Session, now: datetime, referrer: Referrer) -> None:
        version = publish(session, now, offered_until=local_day(now + DAY))
        promises.accept(session, Actor.of(referrer.person), now, referrer, version.id)
        session.flush()
        with pytest.raises(Exception, match="append-only"), session.begin_nested():
            session.execute(delete(PlanAcceptance))


def test_an_offer_that_is_taken_twice_at_once_is_taken_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        referrer = make.referrer(session)
        version = publish(session, now, offered_until=local_day(now + DAY)).id
        keys = referrer.id, referrer.person_id
    start = Barrier(2)

    def once() -> str:
        start.wait()
        try:
            with database.transaction() as own:
                actor = Actor.of(own.get_one(Person, keys[1]))
                promises.accept(own, actor, now, own.get_one(Referrer, keys[0]), version)
        except Refusal as refused:
            return refused.code
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda _: once(), range(2)))
    assert answers[1] == "taken"
    assert answers[0] in ("plan_not_offered", "plan_taken")
    with database.reading() as session:
        entered = session.scalars(select(FactEntry.kind).where(FactEntry.kind == "plan_acceptance")).all()
        assert entered == ["plan_acceptance"]
        assert proof.verify_ledger(session).fault is None
