"""A note on a lead says something, and a next step is whole."""

from datetime import date, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.referral.lead_care import check

TODAY = date(2026, 3, 5)
DAY = timedelta(days=1)

CASES = {
    "a note alone": ("谈过", "", 1, None, False, None),
    "a step alone, today": ("", "回电", 1, TODAY, False, None),
    "the step is done": ("", "", 1, None, True, None),
    "nothing": ("", "", 1, None, False, ("lead_note_empty", "text")),
    "a step without a day": ("谈过", "回电", 1, None, False, ("lead_step_incomplete", "due_on")),
    "a day without a step": ("谈过", "", 1, TODAY, False, ("lead_step_incomplete", "step")),
    "a step of nobody": ("", "回电", None, TODAY, False, ("lead_step_incomplete", "step_by")),
    "a step of yesterday": ("", "回电", 1, TODAY - DAY, False, ("lead_step_past", "due_on")),
}


@pytest.mark.parametrize(("text", "step", "by", "due_on", "over", "refused"), CASES.values(), ids=CASES)
def test_what_may_be_written_down(
    text: str, step: str, by: int | None, due_on: date | None, over: bool, refused: tuple[str, str] | None
) -> None:
    if refused is None:
        check(text, step, by, due_on, over=over, today=TODAY)
        return
    with pytest.raises(Refusal) as caught:
        check(text, step, by, due_on, over=over, today=TODAY)
    assert (caught.value.code, caught.value.facts["field"]) == refused
