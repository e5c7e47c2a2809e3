"""A care plan beside another: the table of docs/care.md, run, and what two versions say."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from portal.clock import SHANGHAI
from portal.rules.care.due import Facts
from portal.rules.care.plan import Channel, Grade, Stage
from portal.rules.care.plan_toml import given_text, plan_from_toml
from portal.rules.care_plans.compare import Asked, Numbers, lines, try_out

PAGE = (Path(__file__).parents[4] / "docs" / "care.md").read_text(encoding="utf-8")
GIVEN = plan_from_toml(given_text())
WITHOUT_TEXTS = replace(GIVEN, steps=tuple(step for step in GIVEN.steps if step.channel is not Channel.TEXT))
MAY = datetime(2026, 5, 31, 12, tzinfo=SHANGHAI)


def rows() -> list[list[str]]:
    (table,) = re.findall(r"^\*\[tried\]\*.*\n\n\|.+\|\n\|[-|]+\|\n((?:\|.+\|\n?)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]


def client(key: str, stage: str, since: str, **contacts: str) -> Facts:
    last = {Channel(name): MAY + timedelta(days=int(number)) for name, number in contacts.items() if number}
    return Facts(key, Stage(stage), MAY + timedelta(days=int(since), hours=-2), last=last)


def day(number: str) -> datetime:
    return MAY + timedelta(days=int(number))


@pytest.mark.parametrize("row", rows(), ids="-".join)
def test_tried(row: list[str]) -> None:
    stage, since, wechat, call, text, at, before, after = row
    facts = client("C", stage, since, wechat=wechat, call=call, text=text)
    tried = try_out([Asked(facts, 7, GIVEN)], WITHOUT_TEXTS, day(at).date())
    numbers = tried.channels
    assert " ".join(channel for channel in numbers if numbers[channel].before) == before
    assert " ".join(channel for channel in numbers if numbers[channel].after) == after
    assert tried.carers.get(7) == tried.total
    assert bool(tried.differing) is (before != after)


def test_who_differs_and_why() -> None:
    called = client("B", "not_visited", "1")._replace(calls_today=1)
    asked = [Asked(called, 7, GIVEN), Asked(client("A", "signed", "1"), None, GIVEN)]
    later = replace(GIVEN, steps=tuple(replace(s, day=9) if s.code == "early_offer" else s for s in GIVEN.steps))
    tried = try_out(asked, later, day("4").date())
    assert (tried.clients, tried.total, tried.channels[Channel.CALL]) == (2, Numbers(2, 1), Numbers(1, 0))
    assert tried.channels[Channel.CALL].differs
    (one,) = tried.differing
    assert (one.client_id, one.carer, [step.step for step in one.gone], one.come) == ("B", 7, ["early_offer"], ())
    (back,) = try_out([one._replace(plan=later) for one in asked], GIVEN, day("4").date()).differing
    assert [step.step for step in back.come] == ["early_offer"]


def test_each_client_is_held_against_the_plan_of_his_development() -> None:
    asked = [Asked(client("A", "visited", "1"), 1, GIVEN), Asked(client("B", "visited", "1"), 1, WITHOUT_TEXTS)]
    assert [one.client_id for one in try_out(asked, WITHOUT_TEXTS, day("8").date()).differing] == ["A"]


def test_lines_of_two_versions() -> None:
    graded = replace(GIVEN, cadences=GIVEN.cadences[1:], clock=time(10), name="New")
    changed = [(one.part, one.name) for one in lines(GIVEN, graded) if one.differs]
    assert changed == [("setting", "name"), ("setting", "clock"), ("cadence", "money wechat")]
    assert [one.name for one in lines(GIVEN, WITHOUT_TEXTS) if one.after is None] == ["comparison", "unit_countdown"]
    assert not any(one.differs for one in lines(GIVEN, GIVEN))


def test_a_grade_that_is_invalid_has_nothing_either_way() -> None:
    facts = client("A", "visited", "1")._replace(grade=Grade.INVALID)
    assert try_out([Asked(facts, 1, GIVEN)], WITHOUT_TEXTS, day("8").date()).total == Numbers()
