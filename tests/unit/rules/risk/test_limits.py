"""Limits of the risk desk as TOML: what a text may say, and how it says no."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.rules.risk import limits
from portal.rules.risk.figures import Figure, Limit
from portal.rules.risk.limits import RANGES, SETTINGS

GIVEN = limits.given()

GOOD = {
    "nothing": ("", GIVEN),
    "one setting": (
        "[just_before]\nminutes = 30\n",
        {**GIVEN, Figure.JUST_BEFORE: replace(GIVEN[Figure.JUST_BEFORE], minutes=30)},
    ),
    "no share": ("[doubted]\nshare = 0\n", {**GIVEN, Figure.DOUBTED: replace(GIVEN[Figure.DOUBTED], share=0)}),
}


@pytest.mark.parametrize(("text", "known"), GOOD.values(), ids=GOOD)
def test_what_is_not_said_has_the_houses_value(text: str, known: limits.Limits) -> None:
    assert limits.from_toml(text) == known


BAD = {
    "not TOML": ("[fake]\nleast =\n", "risk_limits_syntax", None),
    "a figure that is none": ("[fakes]\nleast = 1\n", "risk_limits_unknown", "fakes"),
    "a figure that has no limit": ("[same_phone]\nleast = 1\n", "risk_limits_unknown", "same_phone"),
    "a figure that is a number": ("fake = 1\n", "risk_limits_unknown", "fake"),
    "another figure's setting": ("[fake]\nweeks = 3\n", "risk_limits_unknown", "fake.weeks"),
    "none at all": ("[fake]\nleast = 0\n", "risk_limit_range", "fake.least"),
    "more than all": ("[fake]\nshare = 10001\n", "risk_limit_range", "fake.share"),
    "a part": ("[fake]\nleast = 1.5\n", "risk_limit_range", "fake.least"),
    "a yes": ("[fake]\nleast = true\n", "risk_limit_range", "fake.least"),
    "a text": ('[fake]\nleast = "2"\n', "risk_limit_range", "fake.least"),
    "more weeks than are read": ("[velocity]\nweeks = 13\n", "risk_limit_range", "velocity.weeks"),
}


@pytest.mark.parametrize(("text", "code", "place"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_refused_at_its_place(text: str, code: str, place: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        limits.from_toml(text)
    assert refused.value.code == code
    assert place is None or refused.value.facts["place"] == place


any_limits = st.fixed_dictionaries(
    {one: st.builds(Limit, **{name: st.integers(*RANGES[name]) for name in names}) for one, names in SETTINGS.items()}
)


@given(any_limits)
def test_a_text_reads_back(known: limits.Limits) -> None:
    assert limits.from_toml(limits.to_toml(known)) == known
