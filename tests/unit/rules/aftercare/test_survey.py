"""When an owner is asked by itself, and what his marks mean."""

from datetime import date, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.aftercare.survey import Asked, Marks, Occasion, OwnerDays, due

FIRST, VISIT = Occasion.FIRST_CHECK, Occasion.VISIT


def day(number: int) -> date:
    """A day by its number: 0 is that of the handover."""
    return date(2026, 3, 1) + timedelta(days=number)


DUE = {
    "not yet": (29, None, {}, 30, None),
    "a month after": (30, None, {}, 30, FIRST),
    "the last day": (43, None, {}, 30, FIRST),
    "too late": (44, None, {}, 30, None),
    "asked already": (31, None, {FIRST: 30}, 30, None),
    "asked by hand, before it was due": (30, None, {FIRST: 20}, 30, None),
    "asked about something else before": (30, None, {Occasion.HANDOVER: 1}, 30, FIRST),
    "asked about something else by now": (31, None, {Occasion.HANDOVER: 30}, 30, None),
    "on the day of a visit": (60, 60, {}, 30, None),
    "the day after a visit": (61, 60, {}, 30, VISIT),
    "two weeks after a visit": (74, 60, {}, 30, VISIT),
    "later": (75, 60, {}, 30, None),
    "asked since the visit": (61, 60, {VISIT: 60}, 30, None),
    "after the visit before": (61, 60, {VISIT: 40}, 30, VISIT),
    "the visit of the handover is none": (1, 0, {}, 30, None),
    "both: the first check": (31, 30, {}, 30, FIRST),
    "nobody by itself": (30, 29, {}, 0, None),
}


@pytest.mark.parametrize(("at", "visited", "asked", "after", "occasion"), DUE.values(), ids=DUE)
def test_due(at: int, visited: int | None, asked: dict[Occasion, int], after: int, occasion: Occasion | None) -> None:
    before = {one: day(number) for one, number in asked.items()}
    owner = OwnerDays(day(0), None if visited is None else day(visited), before)
    assert due(owner, day(at), after) is occasion


@pytest.mark.parametrize(
    ("marks", "bad"),
    [
        (Marks(5, 5, 5), ()),
        (Marks(3, 4, 5), ()),
        (Marks(2, 5, 1), (Asked.ESTATE, Asked.SERVICE)),
    ],
)
def test_bad(marks: Marks, bad: tuple[Asked, ...]) -> None:
    assert marks.checked().bad(2) == bad


@pytest.mark.parametrize(("marks", "field"), [(Marks(0, 1, 1), "estate"), (Marks(1, 6, 1), "building")])
def test_no_marks(marks: Marks, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        marks.checked()
    assert (refused.value.code, refused.value.facts["field"]) == ("survey_mark_missing", field)
