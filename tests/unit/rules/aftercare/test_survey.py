"""What an owner's marks mean."""

import pytest

from commissions.refusal import Refusal
from portal.rules.aftercare.survey import Asked, Marks


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
