"""The tables of docs/care-measures.md, run: the page and the code say the same, or this fails."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from portal.clock import SHANGHAI
from portal.rules.care.plan import MAD, Channel, Day, Grade, Plan, Stage
from portal.rules.care.plan_toml import given_text, plan_from_toml
from portal.rules.care_measures.measures import (
    History,
    Judged,
    Known,
    Measures,
    Month,
    Outcome,
    Sold,
    growth,
    measure,
    share,
)

PAGE = (Path(__file__).parents[4] / "docs" / "care-measures.md").read_text(encoding="utf-8")
TABLE = re.compile(r"^\*\[(\w+)\]\*.*\n\n\|.+\|\n\|[-|]+\|\n((?:\|.+\|\n?)+)", re.MULTILINE)
JUNE = datetime(2026, 5, 31, tzinfo=SHANGHAI)
GIVEN = plan_from_toml(given_text())
PLANS = {"given": GIVEN, "rhythms": replace(GIVEN, steps=())}


def given(_place: int) -> Plan:
    return GIVEN


def rhythms(_place: int) -> Plan:
    return PLANS["rhythms"]


MARKS = {str(mark)[0].upper(): mark for mark in MAD}
LISTS = ("reachable", "silent", "were_silent", "revived", "strangers", "first_visits")


def rows(name: str) -> list[tuple[str, ...]]:
    """The cells of every row under ``*[name]*``; a name nobody wrote is a fault."""
    found = [
        tuple(cell.strip() for cell in row.strip("|").split("|"))
        for match in TABLE.finditer(PAGE)
        if match[1] == name
        for row in match[2].splitlines()
    ]
    assert found, f"docs/care-measures.md has no table [{name}]"
    return found


def day(number: str, hour: int = 12) -> datetime:
    return JUNE + timedelta(days=int(number), hours=hour)


def days(cell: str, hour: int = 12) -> list[datetime]:
    return [day(number, hour) for number in re.findall(r"-?\d+", cell)]


def june(at: str) -> Month:
    return Month(JUNE + timedelta(days=1), JUNE + timedelta(days=31), day(at))


def contacts(**made: str) -> list[tuple[datetime, Channel]]:
    return sorted((at, Channel(channel)) for channel, cell in made.items() for at in days(cell))


@pytest.mark.parametrize(("plan", "stage", "since", "marks", "call", "wechat", "at", "wanted"), rows("steps"))
def test_steps(plan: str, stage: str, since: str, marks: str, call: str, wechat: str, at: str, wanted: str) -> None:
    judged = [Judged(day(since, 10), None, tuple(MARKS[one] for one in marks.split()))]
    stages = [(day(since, 10), Stage(stage))]
    one = History(7, [(day(since, 0), 3)], stages, contacts(call=call, wechat=wechat), judged)
    found = measure([one], [], lambda _place: PLANS[plan], june(at))
    said = [f"{step.channel} {(step.due_at - JUNE).days} {step.outcome}" for step in found.wanted]
    assert ", ".join(said) == ", ".join(part for part in wanted.split(", ") if not part.endswith(" waits"))
    assert {step.carer_id for step in found.wanted} <= {3}
    assert found.in_time == sum(1 for step in found.wanted if step.outcome is Outcome.IN_TIME)


@pytest.mark.parametrize(("made", "visits", "subscribed", "grade", "at", "lists"), rows("files"))
def test_files(made: str, visits: str, subscribed: str, grade: str, at: str, lists: str) -> None:
    known = min([day("1", 10), *days(made, 9)])
    came = days(visits)
    bought = days(subscribed)
    stages = [(known, Stage.NOT_VISITED), *((one, Stage.VISITED) for one in came)]
    stages += [(one, Stage.SUBSCRIBED) for one in bought]
    judged = [Judged(known, Grade(grade), ())] if grade else []
    one = History(7, [(known, 3)], stages, contacts(call=made), judged, came)
    found = measure([one], [], rhythms, june(at))
    assert [name for name in LISTS if getattr(found, name)] == lists.split(", ")


@pytest.mark.parametrize(("signed", "released", "referred", "at", "count", "percent", "middle"), rows("deals"))
def test_deals(signed: str, released: str, referred: str, at: str, count: str, percent: str, middle: str) -> None:
    when = [*days(released), *([None] * len(days(signed)))]
    sold = [
        Sold(number, 3, at, when[number], said == "yes")
        for number, (at, said) in enumerate(zip(days(signed), referred.split("; "), strict=True))
    ]
    found = measure([], sold, given, june(at))
    assert len(found.signed) == int(count)
    assert (found.referred_percent, found.release_days) == (
        int(percent.rstrip(" %")) if percent else None,
        float(middle) if middle else None,
    )


def test_a_step_that_another_stage_did_away_with() -> None:
    """Subscribed on the day on which a call came due; and one that had been late by then."""
    stages = [(day("1", 10), Stage.VISITED), (day("8", 11), Stage.SUBSCRIBED)]
    judged = [Judged(day("1", 10), None, (MARKS["M"],))]
    found = measure([History(7, [], stages, [], judged)], [], rhythms, june("20"))
    assert [(step.channel, step.outcome, step.carer_id) for step in found.wanted] == [
        (Channel.WECHAT, Outcome.MISSED, None)
    ]


def test_what_is_not_known_yet_counts_nowhere() -> None:
    later = History(7, [], [(day("25"), Stage.NOT_VISITED)], [])
    assert measure([later], [], given, june("20")) == measure([], [], given, june("20"))
    assert measure([later._replace(stages=())], [], given, june("20")).strangers == ()


def test_who_wants_none_is_not_reachable_from_when_he_said_so() -> None:
    one = History(7, [], [(day("1"), Stage.NOT_VISITED)], [], known=[Known(day("1"), opted_out=True)])
    found = measure([one], [], given, june("20"))
    assert (found.reachable, found.strangers, found.wanted) == ((), (7,), ())
    later = one._replace(known=[Known(day("5"), opted_out=True)])
    assert [step.step for step in measure([later], [], given, june("20")).wanted] == ["virtual_tour"]
    assert measure([one._replace(known=[Known(day("25"), opted_out=True)])], [], given, june("20")).reachable == (7,)


def test_a_day_counts_from_when_it_was_told() -> None:
    """A birthday of the tenth, told on the first, and told when it was over."""
    born = {Day.BIRTHDAY: date(1980, 6, 10)}
    one = History(7, [], [(day("-100"), Stage.HANDED_OVER)], [])
    told = {
        at: [
            step.step
            for step in measure([one._replace(known=[Known(day(at), days=born)])], [], given, june("29")).wanted
        ]
        for at in ("1", "20")
    }
    assert ("birthday" in told["1"], "birthday" in told["20"]) == (True, False)


def test_each_development_is_measured_by_its_own_plan() -> None:
    judged = [Judged(day("1", 10), None, (MARKS["M"],))]
    files = [History(key, [], [(day("1", 10), Stage.VISITED)], [], judged, development_id=key) for key in (1, 2)]
    nothing = Plan("n")
    found = measure(files, [], lambda place: PLANS["rhythms"] if place == 1 else nothing, june("20"))
    assert {step.file_id for step in found.wanted} == {1}


def test_files_of_one_development_go_by_one_plan() -> None:
    asked: list[int] = []

    def plan_of(place: int) -> Plan:
        asked.append(place)
        return GIVEN

    files = [History(key, [], [(day("1", 10), Stage.VISITED)], [], development_id=3) for key in (1, 2)]
    assert measure(files, [], plan_of, june("20")).reachable == (1, 2)
    assert asked == [3]


def test_shares() -> None:
    assert [share(0, 0), share(1, 3), share(1, 8), share(1, 2)] == [None, 33, 13, 50]
    assert [growth(0, 4), growth(10, 14), growth(10, 5)] == [None, 40, -50]
    empty = measure([], [], given, june("20"))
    assert isinstance(empty, Measures)
    assert (empty.in_time_percent, empty.revived_percent, empty.visited_percent, empty.release_days) == (None,) * 4
