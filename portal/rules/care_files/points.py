"""Which grade a client's file suggests, and by which points: a suggestion with its sum laid open. A person sets it.

The rules are data (`points_toml`), published by two people. `invalid` is never suggested: that somebody should be left
in peace is no sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from commissions.refusal import Refusal

from ..care.plan import Grade
from .facts import Fact, FileFacts

MOST_RULES = 60
"""More is a mistake: nobody reads a sum of sixty lines."""

_LEAST_POINTS, _MOST_POINTS = -100, 100
_MOST_COUNT = 3_650


def refuse(place: str, value: object, expected: str) -> NoReturn:
    """Say that a value makes no sense. Raises Refusal care_points_value."""
    raise Refusal("care_points_value", place=place, value=value, expected=expected)


def check_whole(place: str, value: object, least: int, most: int) -> None:
    """Refuse what is no whole number of a range."""
    if type(value) is not int or not least <= value <= most:  # a bool is an int to isinstance
        refuse(place, value, f"a whole number from {least} to {most}")


@dataclass(frozen=True, slots=True)
class PointRule:
    """So many points for a figure of at least so much: "virtual tour 3 times or more: +20"."""

    code: str
    fact: Fact
    at_least: int
    points: int
    zh: str
    en: str

    def __post_init__(self) -> None:
        check_whole("at_least", self.at_least, 1, _MOST_COUNT)
        check_whole("points", self.points, _LEAST_POINTS, _MOST_POINTS)

    def holds(self, facts: FileFacts) -> bool:
        """Whether the points are given."""
        return facts.get(self.fact, 0) >= self.at_least


@dataclass(frozen=True, slots=True)
class Scoring:
    """All rules, and from which sum on a grade is suggested. What is below both is a C.

    Raises Refusal when built from what makes no sense: care_points_value, care_points_twice, each with its `place`.
    """

    name: str
    a_from: int
    b_from: int
    rules: tuple[PointRule, ...]

    def __post_init__(self) -> None:
        check_whole("a_from", self.a_from, 1, 1_000)
        check_whole("b_from", self.b_from, 1, 1_000)
        if self.b_from >= self.a_from:
            refuse("b_from", self.b_from, f"less than a_from, which is {self.a_from}")
        if not 0 < len(self.rules) <= MOST_RULES:
            refuse("points", len(self.rules), f"1 to {MOST_RULES} rules")
        seen: set[str] = set()
        for number, rule in enumerate(self.rules, 1):
            if rule.code in seen:
                raise Refusal("care_points_twice", place=f"points[{number}].code", value=rule.code)
            seen.add(rule.code)


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as it came out for a client: what was counted, and what it gives."""

    rule: PointRule
    value: int
    points: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The grade that the points speak for. `lines` are all rules, in the order of the text."""

    grade: Grade
    points: int
    lines: Sequence[Line]

    @property
    def given(self) -> list[Line]:
        """The lines that gave points, or took some."""
        return [line for line in self.lines if line.points]


def suggest(scoring: Scoring, facts: FileFacts) -> Suggestion:
    """What the figures of a file speak for."""
    lines = [Line(rule, facts.get(rule.fact, 0), rule.points if rule.holds(facts) else 0) for rule in scoring.rules]
    points = sum(line.points for line in lines)
    grade = Grade.A if points >= scoring.a_from else Grade.B if points >= scoring.b_from else Grade.C
    return Suggestion(grade, points, lines)
