"""A care plan as a text: what it may say, that it reads back, and how it says no."""

from datetime import date

import pytest
from hypothesis import given

from commissions.refusal import Refusal
from portal.rules.care.plan import Plan, Stage
from portal.rules.care.plan_toml import given_text, plan_from_toml, plan_to_toml
from tests.unit.rules.care.plans import plans

CADENCE = '[[cadences]]\nmark = "money"\nchannel = "call"\nevery = "1 week"\n'
STEP = '[[steps]]\nstep = "tour"\nstage = "visited"\nchannel = "call"\nzh = "看房"\n'


@given(plans)
def test_a_text_reads_back(plan: Plan) -> None:
    assert plan_from_toml(plan_to_toml(plan)) == plan


def test_a_name_alone_is_a_plan_that_wants_nothing() -> None:
    assert plan_from_toml('name = "x"') == Plan("x")


def test_a_holiday_is_a_day_with_quotes_or_without() -> None:
    assert plan_from_toml('name = "x"\nholidays = [2027-02-17, "2027-02-18"]').holidays == {
        date(2027, 2, 17),
        date(2027, 2, 18),
    }


def test_a_plan_without_a_name_is_none() -> None:
    with pytest.raises(Refusal, match="care_plan_value"):
        Plan("")


def test_the_given_plan_cares_for_every_stage_in_both_languages() -> None:
    plan = plan_from_toml(given_text())
    assert {step.stage for step in plan.steps} == set(Stage) - {Stage.LOST}
    assert all(step.zh != step.en for step in plan.steps)


BAD = {
    "not TOML": ("name =\n", "care_plan_syntax", "line 1, column 7"),
    "no name": ("", "care_plan_missing", "name"),
    "an empty name": ('name = " "', "care_plan_value", "name"),
    "a name that is none": ("name = 1", "care_plan_value", "name"),
    "an unknown setting": ('name = "x"\ncall_a_day = 1', "care_plan_unknown_key", "call_a_day"),
    "calls that are true": ('name = "x"\ncalls_a_day = true', "care_plan_value", "calls_a_day"),
    "fewer than no texts": ('name = "x"\ntexts_a_day = -1', "care_plan_value", "texts_a_day"),
    "a clock that is none": ('name = "x"\nclock = "9:00"', "care_plan_value", "clock"),
    "a clock at night": ('name = "x"\nclock = "22:00"', "care_plan_value", "clock"),
    "no way to opt out": ('name = "x"\nopt_out = "退订"', "care_plan_value", "opt_out"),
    "everybody high-end": ('name = "x"\nhigh_end_yuan = 0', "care_plan_value", "high_end_yuan"),
    "silent before reminded": ('name = "x"\nsilent_days = 30', "care_plan_value", "silent_days"),
    "holidays that are none": ('name = "x"\nholidays = ["2026-02-30"]', "care_plan_value", "holidays"),
    "a holiday that is an instant": ('name = "x"\nholidays = [2026-02-03T10:00:00Z]', "care_plan_value", "holidays"),
    "steps that are no tables": ('name = "x"\nsteps = [1]', "care_plan_value", "steps"),
    "a rhythm without a channel": (
        'name = "x"\n[[cadences]]\nmark = "money"\nevery = "1 day"',
        "care_plan_missing",
        "cadences[1].channel",
    ),
    "an unknown mark": (f'name = "x"\n{CADENCE.replace("money", "M")}', "care_plan_value", "cadences[1].mark"),
    "a span that is none": (
        f'name = "x"\n{CADENCE.replace("1 week", "weekly")}',
        "care_plan_value",
        "cadences[1].every",
    ),
    "a range that runs backwards": (
        f'name = "x"\n{CADENCE.replace("1 week", "3-1 days")}',
        "care_plan_value",
        "cadences[1].every",
    ),
    "a span beyond ten years": (
        f'name = "x"\n{CADENCE.replace("1 week", "11 years")}',
        "care_plan_value",
        "cadences[1].every",
    ),
    "the same rhythm twice": (f'name = "x"\n{CADENCE}{CADENCE}', "care_plan_twice", "cadences[2].mark"),
    "the same step twice": (f'name = "x"\n{STEP}day = 1\n{STEP}day = 2', "care_plan_twice", "steps[2].step"),
    "a step without a when": (f'name = "x"\n{STEP}', "care_plan_value", "steps[1].day"),
    "a step with two": (f'name = "x"\n{STEP}day = 1\nevery = "1 day"', "care_plan_value", "steps[1].every"),
    "day 0": (f'name = "x"\n{STEP}day = 0', "care_plan_value", "steps[1].day"),
    "before without days": (f'name = "x"\n{STEP}before = "signing"', "care_plan_value", "steps[1].days"),
    "days without before": (f'name = "x"\n{STEP}day = 1\ndays = 3', "care_plan_value", "steps[1].days"),
    "days that run backwards": (
        f'name = "x"\n{STEP}before = "signing"\ndays = -1',
        "care_plan_value",
        "steps[1].days",
    ),
    "since without every": (f'name = "x"\n{STEP}day = 1\nsince = "1 day"', "care_plan_value", "steps[1].since"),
    "care for who is lost": (
        f'name = "x"\n{STEP.replace("visited", "lost")}day = 1',
        "care_plan_value",
        "steps[1].stage",
    ),
    "a step's name of two words": (
        f'name = "x"\n{STEP.replace("tour", "a tour")}day = 1',
        "care_plan_value",
        "steps[1].step",
    ),
    "more than anybody writes": (
        'name = "x"\n' + "".join(f"{STEP.replace('tour', f'tour_{n}')}day = 1\n" for n in range(201)),
        "care_plan_value",
        "steps",
    ),
}


@pytest.mark.parametrize(("text", "code", "place"), BAD.values(), ids=BAD)
def test_a_text_that_is_no_plan_is_refused_at_its_place(text: str, code: str, place: str) -> None:
    with pytest.raises(Refusal) as caught:
        plan_from_toml(text)
    assert (caught.value.code, caught.value.facts["place"]) == (code, place)
