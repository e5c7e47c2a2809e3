"""Points and the grade they suggest, and the text that they are kept in."""

import pytest

from commissions.refusal import Refusal
from portal.rules.care.plan import Grade
from portal.rules.care_files.facts import COUNTED, Behaviour, Fact
from portal.rules.care_files.points import MOST_RULES, PointRule, Scoring, suggest
from portal.rules.care_files.points_toml import given_text, scoring_from_toml, scoring_to_toml

GIVEN = scoring_from_toml(given_text())

SUGGESTED = {
    "nothing is known": ({}, Grade.C, 0),
    "twice on the tour is not often": ({Fact.VIRTUAL_TOURS: 2}, Grade.C, 0),
    "three times gives twenty": ({Fact.VIRTUAL_TOURS: 3}, Grade.C, 20),
    "a visit and money": ({Fact.VISITS: 1, Fact.MONEY: 1}, Grade.B, 35),
    "came again, with the family": ({Fact.VISITS: 2, Fact.FAMILY_VISITS: 1, Fact.DESIRE: 1}, Grade.A, 60),
    "and was forgotten": (
        {Fact.VISITS: 2, Fact.FAMILY_VISITS: 1, Fact.DESIRE: 1, Fact.DAYS_WITHOUT_CONTACT: 30},
        Grade.B,
        40,
    ),
}


@pytest.mark.parametrize(("facts", "grade", "points"), SUGGESTED.values(), ids=SUGGESTED)
def test_the_given_points_suggest(facts: dict[Fact, int], grade: Grade, points: int) -> None:
    found = suggest(GIVEN, facts)
    assert (found.grade, found.points) == (grade, points)
    assert sum(line.points for line in found.given) == points, "the sum is laid open"
    assert [line.rule for line in found.lines] == list(GIVEN.rules), "what gave nothing is shown too"


def test_each_behaviour_is_counted_by_a_figure_of_its_own() -> None:
    assert set(COUNTED) == set(Behaviour)
    assert len(set(COUNTED.values())) == len(Behaviour)


def test_what_is_written_is_read_back() -> None:
    odd = Scoring("“x” \\ y", 2, 1, (PointRule("one", Fact.VISITS, 1, -100, "到过", 'Has "been"'),))
    assert scoring_from_toml(scoring_to_toml(odd)) == odd
    assert scoring_from_toml(scoring_to_toml(GIVEN)) == GIVEN


HEAD = 'name = "n"\na_from = 60\nb_from = 30\n'
RULE = '[[points]]\ncode = "one"\nfact = "visits"\nat_least = 1\npoints = 5\nzh = "到过"\n'

REFUSED = {
    "no TOML": ("name = ", "care_points_syntax", "line 1, column 8"),
    "a word that is none": (HEAD + "x = 1\n" + RULE, "care_points_unknown_key", "x"),
    "no rule": (HEAD, "care_points_missing", "points"),
    "no list of rules": (HEAD + "points = 3\n", "care_points_value", "points"),
    "an empty list": (HEAD + "points = []\n", "care_points_value", "points"),
    "a rule with another word": (HEAD + RULE + "x = 1\n", "care_points_unknown_key", "points[1].x"),
    "a rule without points": (HEAD + RULE.replace("points = 5\n", ""), "care_points_missing", "points[1].points"),
    "a fact that is none": (HEAD + RULE.replace("visits", "moods"), "care_points_value", "points[1].fact"),
    "a code that is none": (HEAD + RULE.replace('"one"', '"1 e"'), "care_points_value", "points[1].code"),
    "never": (HEAD + RULE.replace("at_least = 1", "at_least = 0"), "care_points_value", "points[1].at_least"),
    "a yes is no number": (HEAD + RULE.replace("points = 5", "points = true"), "care_points_value", "points[1].points"),
    "no words": (HEAD + RULE.replace('"到过"', '" "'), "care_points_value", "points[1].zh"),
    "twice the same": (HEAD + RULE + RULE, "care_points_twice", "points[2].code"),
    "B above A": (HEAD.replace("30", "60") + RULE, "care_points_value", "b_from"),
    "A from nothing": (HEAD.replace("60", "0") + RULE, "care_points_value", "a_from"),
    "too many": (
        HEAD + "".join(RULE.replace("one", f"r{number}") for number in range(MOST_RULES + 1)),
        "care_points_value",
        "points",
    ),
}


@pytest.mark.parametrize(("text", "code", "place"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused_at_its_place(text: str, code: str, place: str) -> None:
    with pytest.raises(Refusal) as refused:
        scoring_from_toml(text)
    assert (refused.value.code, refused.value.facts["place"]) == (code, place)


def test_a_rule_without_english_says_it_in_chinese() -> None:
    assert scoring_from_toml(HEAD + RULE).rules[0].en == "到过"
