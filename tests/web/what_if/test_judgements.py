"""What if for judgements, on its page: a question by fields, what would change hands, and its files."""

import csv
import io
from datetime import timedelta

import pytest

from portal.access.actor import Actor
from portal.models import MilestoneKind, Role
from portal.rules.judgements.profile import Profile
from portal.services.deals import deals
from portal.services.registrations.registrations import register_client
from tests import factories as make

DAY = timedelta(days=1)
PHONE = "13912345678"
ASKED = {
    "who_wins": "first_registered", "showing_days": "3", "showing_until": "", "deal_days": "30", "deal_from": "latest",
    "developer_days": "30", "after_subscription_days": "", "months": "3", "development": "",
}  # fmt: skip


@pytest.fixture
def world(store, now):
    """One client, registered by two agencies within a week, who bought by the first."""
    with store.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        pair = make.agreement(session, plan_name=make.plan_version(session).name)
        rival = make.agreement(session, development=pair.development)
        brokers = [make.broker(session, agency=one.agency) for one in (pair, rival)]
        facts = {"development_id": pair.development_id, "phone": PHONE, "name": "王小明"}
        for broker, days in zip(brokers, (7, 2), strict=True):
            register_client(session, Actor.of(broker), now - days * DAY, **facts)
        sold = now - DAY
        deal = deals.open_deal(
            session, Actor.of(manager), sold, deals.Subscription(**facts, unit="1-1", price_fen=2_000_000_00, at=sold)
        )
        deals.record_milestone(session, Actor.of(manager), sold, deal, kind=MilestoneKind.SIGNED, at=sold)
        return {"manager": manager, "agencies": [pair.agency.name, rival.agency.name]}


@pytest.fixture
def manager(world, signed_in):
    return signed_in(world["manager"])


def asked(**changed):
    return ASKED | {name: str(value) for name, value in changed.items()}


def ask(manager, button="对比", status=200, **changed):
    return manager.get("judgements.new").submit(asked(**changed), button=button, status=status)


def test_what_would_change_hands_is_told_by_agency_and_one_by_one(manager, world):
    page = ask(manager)
    answer = manager.get("judgements.show", run_id=int(page.path.rsplit("/", 1)[1]))
    for said in (*world["agencies"], "36,000.00", "保护期已过", "1-1 的成交", "139****5678"):
        assert said in answer.main, said
    assert PHONE not in answer.main
    run_id = int(page.path.rsplit("/", 1)[1])
    own = answer.follow(world["agencies"][0])
    assert "全部中介" in own.main
    assert "1-1 的成交" not in manager.get("judgements.show", run_id=run_id, what="clients").main
    manager.get("judgements.show", run_id=run_id, agency=999, status=404)
    data = manager.download("judgements.moves_file", run_id=run_id, kind="csv").data.decode("utf-8-sig")
    _taken, heading, *rows = csv.reader(io.StringIO(data))
    assert [row[heading.index("佣金")] for row in rows] == ["36000.00", "0.00"]
    manager.download("judgements.moves_file", run_id=run_id, kind="nonsense", status=404)
    text = manager.download("judgements.profile_file", run_id=run_id).text
    assert Profile.from_toml(text) == Profile(showing_days=3, after_subscription_days=None)
    assert "36,000.00" in manager.get("judgements.new").main


def test_rules_that_change_nothing_say_so(manager):
    page = ask(manager, showing_days=7)
    assert "一切照旧" in manager.get("judgements.show", run_id=int(page.path.rsplit("/", 1)[1])).main


def test_a_run_shows_how_far_it_is(manager, monkeypatch):
    monkeypatch.setattr("portal.services.judgements.what_if.AT_ONCE", 0)
    page = ask(manager)
    assert "可以离开本页" in page.main
    assert page.one("#progress")["hx-get"] == page.path


WRONG = {
    "days that are none": {"showing_days": "a week"},
    "no days": {"deal_days": "0"},
    "no days and no hour": {"showing_days": "0"},
    "days below zero": {"developer_days": "-1"},
    "days beyond": {"after_subscription_days": "1000001"},
    "full-width days": {"deal_days": "３０"},
    "an hour that is none": {"showing_until": "25:00"},
    "a very long number": {"deal_days": "9" * 5000},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_and_stays_in_its_field(manager, changed):
    page = ask(manager, status=422, **changed)
    assert page.errors
    assert "以前的试算" in page.main
