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


def test_what_would_change_hands_is_told_by_agency_and_one_by_one(manager, world):
    assert "比较范围" not in manager.get("judgements.what_if_page").main
    page = manager.get("judgements.what_if_page", **asked())
    assert page.status == 200
    for said in (*world["agencies"], "36,000.00", "保护期已过", "1-1 的成交", "139****5678"):
        assert said in page.main, said
    assert PHONE not in page.main
    data = manager.download("judgements.what_if_file", kind="csv", **asked()).data.decode("utf-8-sig")
    _taken, heading, *rows = csv.reader(io.StringIO(data))
    assert [row[heading.index("佣金")] for row in rows] == ["36000.00", "0.00"]


def test_rules_that_change_nothing_say_so(manager):
    assert "一切照旧" in manager.get("judgements.what_if_page", **asked(showing_days=7)).main


def test_the_rules_are_a_file_for_the_command(manager):
    text = manager.download("judgements.profile_file", **asked(showing_until="22:00")).text
    assert Profile.from_toml(text).to_toml() == text
    assert 'showing_until = "22:00"' in text


def test_who_asks_nothing_gets_the_usual_rules(manager):
    assert Profile.from_toml(manager.download("judgements.profile_file").text) == Profile()
    assert manager.download("judgements.what_if_file", kind="xlsx").status_code == 200
    manager.download("judgements.what_if_file", kind="nonsense", status=404)


WRONG = {
    "days that are none": {"showing_days": "a week"},
    "no days": {"deal_days": "0"},
    "no days and no hour": {"showing_days": "0"},
    "days below zero": {"developer_days": "-1"},
    "days beyond": {"after_subscription_days": "1000001"},
    "full-width days": {"deal_days": "３０"},
    "an hour that is none": {"showing_until": "25:00"},
    "a choice that is none": {"who_wins": "last"},
    "months that are none": {"months": "7"},
    "a development that is none": {"development": "x"},
    "a very long number": {"deal_days": "9" * 5000},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_and_stays_in_its_field(manager, changed):
    page = manager.get("judgements.what_if_page", **asked(**changed), status=422)
    assert page.errors
    assert "比较范围" not in page.main
    manager.download("judgements.profile_file", **asked(**changed), status=404)


def test_too_much_for_a_page_is_said(manager, monkeypatch):
    monkeypatch.setattr("portal.services.registrations.what_if.AT_ONCE", 1)
    page = manager.get("judgements.what_if_page", **asked(), status=422)
    assert "缩短月数" in page.main
