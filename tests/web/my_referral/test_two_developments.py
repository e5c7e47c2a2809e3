"""Who refers for two developments goes to and fro between them, and joins a third by one confirmation."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.access.actor import SYSTEM
from portal.clock import local_day
from portal.db import Database
from portal.models import Development, Person, PlanAcceptance, Referrer, Role
from portal.services.rewards import rewards
from referral.rewards.reward_plan import Audience, Item, Kind, RewardPlan, Rung
from tests import factories as make
from tests.clock import MovableClock
from tests.db.referral.test_two_developments import leave, signs
from tests.web.client import PageClient

GOLD = RewardPlan("gold", Audience.HOMEOWNER, (Rung(1, (Item(Kind.CASH, "referral_bonus", value_fen=8_888_00),)),))

SignIn = Callable[[Person], PageClient]


@pytest.fixture
def pair(store: Database, clock: MovableClock) -> tuple[Referrer, Referrer]:
    with store.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        person = make.person(session, Role.REFERRER)
        places = [
            make.development(session, name=name, presale_permit="杭售许字(2026)第1号") for name in ("云栖", "湖畔")
        ]
        here, there = (make.referrer(session, person=person, development=one) for one in places)
        leave(session, clock() - timedelta(days=2), here, make.new_phone())
        for nth, one in enumerate((here, here, there)):
            signs(session, one, clock() - timedelta(hours=nth + 1))
        for one in (here, there):
            session.refresh(one, ["person", "development"])
    return here, there


@pytest.fixture
def browser(pair: tuple[Referrer, Referrer], signed_in: SignIn) -> PageClient:
    return signed_in(pair[0].person)


def test_each_development_has_its_poster_code_and_lines(browser: PageClient, pair: tuple[Referrer, Referrer]) -> None:
    page = browser.get("poster.show")
    assert [tab.get_text() for tab in page.all(".tabs a")] == ["云栖", "湖畔"]
    for referrer in pair:
        page = browser.get("poster.show", of=referrer.development_id)
        assert referrer.code in page.one("[data-share-file]")["data-share-name"]
        assert f"of={referrer.development_id}" in page.one(".poster-sheet img")["src"]
        assert page.one("[name=of]")["value"] == str(referrer.development_id)
        for endpoint in ("my_code.show", "own_lines.mine"):
            one = browser.get(endpoint, of=referrer.development_id)
            assert one.one(".tabs [aria-current]").get_text() == referrer.development.name
    assert browser.get("poster.show", of=10**6, status=404)


def test_the_first_page_tells_all_and_each_its_own(browser: PageClient, pair: tuple[Referrer, Referrer]) -> None:
    _, there = pair
    page = browser.get("rewards.index")
    assert "云栖" in page.main
    assert "湖畔" in page.main
    assert len(page.all(".coming > li:not(.coming-month)")) == 3
    assert "已有 3 位朋友签约" in page.main
    assert len(browser.get("rewards.index", of=there.development_id).all(".coming > li:not(.coming-month)")) == 1
    friends = browser.get("friends.index")
    assert [cell.get_text() for cell in friends.all(".tabs a")] == ["全部", "云栖", "湖畔"]
    assert len(friends.all("tbody tr")) == 1
    assert not browser.get("friends.index", of=there.development_id).all("tbody tr")


def test_a_third_by_one_confirmation(browser: PageClient, store: Database, signed_in: SignIn) -> None:
    with store.transaction() as session:
        third: Development = make.development(session, name="林间", policy={"self_joining": 1})
        third_id = third.id
    page = browser.get("poster.show").follow("也为其他楼盘推荐").follow("林间")
    page = page.submit(status=422)
    assert page.errors
    page = page.submit({"terms": True})
    assert (page.path, page.one(".tabs [aria-current]").get_text()) == ("/poster/", "林间")
    assert browser.get("another.join", development_id=third_id).submit({"terms": True}, status=422)
    assert "不" in browser.get("another.join", development_id=10**6, status=404).main
    assert SYSTEM.person_id is None


def test_an_offered_plan_is_read_beside_ones_own_and_taken_once(
    browser: PageClient, pair: tuple[Referrer, Referrer], store: Database, clock: MovableClock
) -> None:
    _, there = pair
    with store.transaction() as session:
        until = local_day(clock() + timedelta(days=9))
        terms = {"effective_from": clock(), "development_id": there.development_id, "offered_until": until}
        version = rewards.publish_reward_plan(session, SYSTEM, clock(), plan=GOLD, **terms).id
    assert not browser.get("rewards.offer").all("form [name=version]"), "of the other development"
    page = browser.get("rewards.index").follow("对比一下，再决定改用还是保留")
    assert (page.path, page.one("[name=version]")["value"]) == ("/rewards/offer", str(version))
    stale = page.submit({"version": "4711"}, status=422)
    assert "已不再开放" in stale.one(".error-summary").get_text()
    page = page.submit()
    assert page.path == "/rewards/"
    assert not page.all("a[href*='/rewards/offer']")
    assert "¥8,888" in browser.get("rewards.index", of=there.development_id).main
    with store.reading() as session:
        assert session.scalars(select(PlanAcceptance)).one().referrer_id == there.id
