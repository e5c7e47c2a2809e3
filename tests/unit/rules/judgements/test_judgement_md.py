"""The tables of docs/judgement.md, run: the page and the code say the same, or this fails."""

import re
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from portal.clock import SHANGHAI
from portal.rules.judgements.judging import Touch, judge
from portal.rules.judgements.profile import Profile
from portal.rules.judgements.protection import Kind

PAGE = (Path(__file__).parents[4] / "docs" / "judgement.md").read_text(encoding="utf-8")
TABLE = re.compile(r"^\*\[(\w+)\]\*(.*)\n\n\|.+\|\n\|[-|]+\|\n((?:\|.+\|\n?)+)", re.MULTILINE)
FIRST = datetime(2026, 3, 1, tzinfo=SHANGHAI)


def tables(name: str) -> list[tuple[str, list[list[str]]]]:
    """(profile, rows of cells) of every table under ``*[name]*``; a name nobody wrote is a fault."""
    found = [
        (match[2].strip(), [[cell.strip() for cell in row.strip("|").split("|")] for row in match[3].splitlines()])
        for match in TABLE.finditer(PAGE)
        if match[1] == name
    ]
    assert found, f"docs/judgement.md has no table [{name}]"
    return found


def instant(text: str) -> datetime | None:
    if not text:
        return None
    day, clock = text.split()
    hour, minute = clock.split(":")
    return FIRST + timedelta(days=int(day) - 1, hours=int(hour), minutes=int(minute))


def touch(number: int, party: str, kind: str, at: str, showing: str, subscription: str) -> Touch:
    came = instant(at)
    assert came is not None
    return Touch(number, "D", "C", party, Kind(kind), came, instant(showing), instant(subscription))


@pytest.mark.parametrize(
    ("profile", "kind", "at", "showing", "subscription", "until"),
    [row for _, table in tables("until") for row in table],
)
def test_until(profile: str, kind: str, at: str, showing: str, subscription: str, until: str) -> None:
    rules = Profile.from_toml("\n".join(re.findall(r"`([^`]+)`", profile)))
    (judged,) = judge([touch(1, "A", kind, at, showing, subscription)], rules)
    assert judged.protected_until == (None if until == "for good" else instant(until))


@pytest.mark.parametrize(("profile", "table"), tables("judged"))
def test_judged(profile: str, table: list[list[str]]) -> None:
    touches = [
        touch(int(number), party, kind, at, showing, sold)._replace(masked=masked == "masked")
        for number, party, kind, at, showing, sold, masked, *_ in table
    ]
    assert [
        [one.outcome, one.code or "", "owner" if one.owner else ""]
        for one in judge(touches, Profile.from_toml(profile))
    ] == [row[-3:] for row in table]


def test_the_table_of_keys_is_that_of_the_profile() -> None:
    told = re.findall(r"^\| `(\w+)` \|.*\| (?:`(.+)`|none) \|$", PAGE, re.MULTILINE)
    assert [key for key, _ in told] == [field.name for field in fields(Profile)]
    defaults = "\n".join(f"{key} = {value}" for key, value in told if value)
    assert Profile.from_toml(defaults) == Profile()
