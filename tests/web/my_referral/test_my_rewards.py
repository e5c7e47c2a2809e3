"""A referrer's own page of rewards: what it says of the plan, and of every reward whatever became of it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import Audience, Deal, ReviewOutcome, Reward, Role
from portal.services.rewards import goods as reward_goods
from portal.services.rewards import rewards
from portal.web.words import rewards as words
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import (
    CITIZEN_BROKER,
    HOMEOWNER_LADDER,
    AfterLast,
    Item,
    Kind,
    Milestone,
    RewardPlan,
    Rung,
    Stacking,
)
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BONUS = Item(Kind.CASH, "referral_bonus", value_fen=20_000_00)


class Home:
    """A referrer under a plan, and the page in English."""

    def __init__(self, app: Flask, store: Database, now: datetime, plan: RewardPlan) -> None:
        self.app, self.store, self.now = app, store, now
        with store.transaction() as session:
            rewards.publish_reward_plan(session, SYSTEM, now, plan=plan, effective_from=make.BEFORE)
            referrer = make.referrer(session, audience=plan.audience)
            self.person = referrer.person
            self.manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        self.deals: list[int] = []

    def friends_sign(self, number: int) -> None:
        with self.store.transaction() as session:
            for _ in range(number):
                at = self.now + len(self.deals) * HOUR
                deal = make.referred_deal(session, make.refers(session, self.person), at)
                session.flush()
                rewards.settle_rewards(session, SYSTEM, at, deal)
                self.deals.append(deal.id)

    def cancels(self, place: int) -> None:
        with self.store.transaction() as session:
            deal = session.get_one(Deal, self.deals[place])
            make.cancel(session, deal, self.now + DAY)
            rewards.settle_rewards(session, SYSTEM, self.now + DAY, deal)

    def received(self, place: int) -> None:
        with self.store.transaction() as session:
            for row in session.scalars(select(Reward).where(Reward.deal_id == self.deals[place])):
                row.state = RewardState.FULFILLED

    def decided(self, place: int, outcome: ReviewOutcome) -> None:
        with self.store.transaction() as session:
            row = session.scalars(select(Reward).where(Reward.deal_id == self.deals[place], Reward.needs_review)).one()
            reward_goods.decide_review(session, self.manager, self.now + DAY, row, outcome=outcome, reason="x")

    def page(self, language: str = "en") -> PageClient:
        return PageClient(self.app, language).sign_in(self.person).get("rewards.index")


@pytest.fixture
def at(clock: MovableClock) -> datetime:
    return clock()


def ladder(page: PageClient) -> list[tuple[str, str]]:
    return [(step.find("small").text, str(step["class"][0])) for step in page.all(".ladder > li")]


def test_the_next_step_counts_friends_and_not_rewards(app: Flask, store: Database, at: datetime) -> None:
    home = Home(app, store, at, HOMEOWNER_LADDER)
    home.friends_sign(2)
    home.received(0)
    home.cancels(0)
    home.decided(0, ReviewOutcome.STANDS)
    page = home.page()
    assert "1 friend has signed so far." in page.main
    assert "The next friend who signs brings: Appliance voucher" in page.main
    assert [state for _, state in ladder(page)] == ["ladder-current", "ladder-ahead", "ladder-ahead"]


def test_all_that_a_step_brings_stands_there(app: Flask, store: Database, at: datetime) -> None:
    rungs = (HOMEOWNER_LADDER.rungs[0], Rung(2, (BONUS, Item(Kind.PARKING, "parking_space", term_months=6))))
    plan = RewardPlan(
        "all", Audience.HOMEOWNER, rungs, stacking=Stacking.ALL_RUNGS, most_friends=2, most_cash_fen=30_000_00
    )
    home = Home(app, store, at, plan)
    home.friends_sign(1)
    page = home.page()
    relief, bonus, parking = "Property fee waived · 1 year", "Cash bonus · ¥20,000.00", "Free parking space · 6 months"
    assert [detail for detail, _ in ladder(page)] == [relief, f"{relief} + {bonus} + {parking}"]
    said = f"brings: {relief}, 30 days after the friend signs. Also: {bonus} + {parking}, when the friend signs."
    assert said in page.main
    assert "Your plan rewards 2 friends at most. In cash it comes to ¥30,000.00 at most." in " ".join(page.main.split())
    home.friends_sign(1)
    assert "One more friend brings nothing further" in home.page().main


def test_cash_beyond_the_cap_is_not_promised(app: Flask, store: Database, at: datetime) -> None:
    plan = RewardPlan("c", Audience.CITIZEN, CITIZEN_BROKER.rungs, most_cash_fen=BONUS.value_fen)
    home = Home(app, store, at, plan)
    assert "The next friend" not in home.page().main
    home.friends_sign(1)
    assert "The next friend who signs brings: Property fee waived · 1 year, when the friend signs." in home.page().main


def test_a_plan_for_one_friend_says_so(app: Flask, store: Database, at: datetime) -> None:
    plan = RewardPlan("one", Audience.CITIZEN, (Rung(1, (BONUS,)),), after_last=AfterLast.NOTHING)
    assert "For your first friend, when the friend signs:" in Home(app, store, at, plan).page().main


@pytest.mark.parametrize(
    ("place", "outcome", "said"),
    [
        (0, ReviewOutcome.CHARGED, "Charged back: its purchase was cancelled after you had received it."),
        (2, ReviewOutcome.REPLACED, "Replaced by what this friend brings now"),
    ],
)
def test_what_was_taken_back_says_how(
    app: Flask, store: Database, at: datetime, place: int, outcome: ReviewOutcome, said: str
) -> None:
    home = Home(app, store, at, HOMEOWNER_LADDER)
    home.friends_sign(3)
    home.received(place)
    home.cancels(0)
    home.decided(place, outcome)
    assert said in home.page().main


def test_a_friend_without_a_name_is_your_friend_in_the_sentence(app: Flask, store: Database, at: datetime) -> None:
    home = Home(app, store, at, HOMEOWNER_LADDER)
    home.friends_sign(2)
    main = home.page().main
    assert "Comes when your friend's home is handed over." in main
    assert "Your friend is friend number 2 who signed and did not cancel." in main
    home.received(0)
    assert "Your friend was friend number 1 who had signed when you received it." in home.page().main


@pytest.mark.parametrize(
    ("milestone", "days", "said"),
    [
        (Milestone.SIGNED, 1, "1 day after the friend signs"),
        (Milestone.LOAN_RELEASED, 30, "30 days after the friend's loan is released"),
        (Milestone.HANDED_OVER, 1, "1 day after the friend's home is handed over"),
        (Milestone.HANDED_OVER, 0, "when the friend's home is handed over"),
    ],
)
def test_a_step_says_after_what_it_comes(app: Flask, milestone: Milestone, days: int, said: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert words.rung_when(Rung(1, (BONUS,), milestone, days)) == said


def test_one_day_is_one_day(app: Flask, store: Database, at: datetime) -> None:
    home = Home(app, store, at, RewardPlan("d", Audience.CITIZEN, (Rung(1, (BONUS,), delay_days=1),)))
    home.friends_sign(1)
    assert ": 1 day after" in home.page().main


def test_sums_stand_first_and_what_comes_next_before_what_is_over(app: Flask, store: Database, now: datetime) -> None:
    home = Home(app, store, now, CITIZEN_BROKER)
    home.friends_sign(3)
    home.cancels(0)
    page = PageClient(app, "en").sign_in(home.person).get("rewards.index")
    figures = [text.split() for text in page.texts(".figures dd")]
    assert [one[0] for one in figures] == ["¥40,000.00", "¥0.00", "¥40,000.00"]
    assert "2 years" in page.texts(".figures dd")[0]
    headings = page.texts("main h2")
    assert headings.index("What comes next") < headings.index("Received, or withdrawn")
