"""The tables of docs/care.md, run: the page and the code say the same, or this fails."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from portal.clock import SHANGHAI
from portal.rules.care.due import KEEP_IN_TOUCH, Due, Facts, due
from portal.rules.care.plan import MAD, Channel, Grade, Mark, Plan, Stage
from portal.rules.care.plan_toml import given_text, plan_from_toml

PAGE = (Path(__file__).parents[4] / "docs" / "care.md").read_text(encoding="utf-8")
TABLE = re.compile(r"^\*\[(\w+)\]\*(.*)\n\n\|.+\|\n\|[-|]+\|\n((?:\|.+\|\n?)+)", re.MULTILINE)
JUNE = datetime(2026, 5, 31, tzinfo=SHANGHAI)
GIVEN = plan_from_toml(given_text())
PLANS = {"the given plan": GIVEN, "only the rhythms": replace(GIVEN, steps=())}
LETTERS = {str(mark)[0].upper(): mark for mark in MAD}


def rows(name: str) -> list[tuple[str, ...]]:
    """(which plan, the row's cells) of every table under ``*[name]*``; a name nobody wrote is a fault."""
    found = [
        (match[2].strip(), *(cell.strip() for cell in row.strip("|").split("|")))
        for match in TABLE.finditer(PAGE)
        if match[1] == name
        for row in match[3].splitlines()
    ]
    assert found, f"docs/care.md has no table [{name}]"
    return found


def day(number: str, hour: int = 12) -> datetime:
    return JUNE + timedelta(days=int(number), hours=hour)


def client(stage: str, since: str, who: str, contacts: dict[Channel, str]) -> Facts:
    grade = re.search(r"grade (\w+)", who)
    return Facts(
        "C",
        Stage(stage),
        day(since, 10),
        Grade(grade[1]) if grade else None,
        tuple(LETTERS[letter] for letter in who.split(",")[0].split() if letter in LETTERS and not grade),
        {channel: day(number) for channel, number in contacts.items() if number},
        "opted out" in who,
    )


def told(steps: list[Due], plan: Plan, *, named: bool) -> str:
    """Steps as a cell says them; where only rhythms are asked about, keeping in touch goes without saying."""
    said = []
    for step in steps:
        number = (step.due_at.astimezone(SHANGHAI) - JUNE).days
        name = "" if not named or (step.step == KEEP_IN_TOUCH and not plan.steps) else f" {step.step}"
        said.append(f"{step.channel} {number}{name}")
    return ", ".join(said)


@pytest.mark.parametrize(("_plan", "marks", "grade", "wants"), rows("rhythm"))
def test_rhythm(_plan: str, marks: str, grade: str, wants: str) -> None:
    held = GIVEN.rhythms([LETTERS[letter] for letter in marks.split()], Grade(grade) if grade else None)
    said = sorted((f"{one.channel} every {one.every}" for one in held), key=lambda text: "call" in text)
    assert ", ".join(said) == wants


@pytest.mark.parametrize(("plan", "stage", "since", "who", "call", "wechat", "text", "at", "owed"), rows("due"))
def test_due(
    plan: str, stage: str, since: str, who: str, call: str, wechat: str, text: str, at: str, owed: str
) -> None:
    facts = client(stage, since, who, {Channel.CALL: call, Channel.WECHAT: wechat, Channel.TEXT: text})
    assert told(due([facts], PLANS[plan], day(at)), PLANS[plan], named=True) == owed


@pytest.mark.parametrize(("plan", "stage", "since", "calls", "texts", "at", "owed"), rows("limits"))
def test_limits(plan: str, stage: str, since: str, calls: str, texts: str, at: str, owed: str) -> None:
    facts = client(stage, since, "", {})._replace(calls_today=int(calls), texts_today=int(texts))
    assert told(due([facts], PLANS[plan], day(at)), PLANS[plan], named=False) == owed


def test_the_plan_on_the_page_is_one() -> None:
    (text,) = (one for one in re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL) if "[[cadences]]" in one)
    plan = plan_from_toml(text)
    assert (plan.cadences[0].mark, plan.steps[0].code) == (Mark.MONEY, "virtual_tour")
