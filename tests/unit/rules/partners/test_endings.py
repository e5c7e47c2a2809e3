"""What ends soon, and what an ended licence keeps from beginning."""

from datetime import date, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.partners.endings import Ending, check_licence, check_term, ending_of, last_day

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("ends_on", "told"),
    [
        (None, None),
        (TODAY + timedelta(days=31), None),
        (TODAY + timedelta(days=30), (29, False)),
        (TODAY + timedelta(days=1), (0, False)),
        (TODAY, (-1, True)),
        (TODAY - timedelta(days=9), (-10, True)),
    ],
)
def test_what_ends_is_told_thirty_days_before(ends_on: date | None, told: tuple[int, bool] | None) -> None:
    ending = ending_of(ends_on, TODAY)
    assert (ending and (ending.days_left, ending.over)) == told
    assert ending is None or ending == Ending(ends_on - timedelta(days=1), ending.days_left)


def test_the_last_day_is_the_one_before_the_first_without_it() -> None:
    assert last_day(TODAY) == date(2026, 11, 29)
    assert last_day(None) is None


@pytest.mark.parametrize(("ends_on", "refused"), [(None, False), (TODAY, True), (TODAY + timedelta(days=1), False)])
def test_an_agreement_has_a_day_at_least(ends_on: date | None, refused: bool) -> None:
    assert refused is (_refusal(check_term, TODAY, ends_on) == Refusal("agreement_backwards", field="last_day"))


@pytest.mark.parametrize(("ends_on", "refused"), [(None, False), (TODAY, True), (TODAY + timedelta(days=1), False)])
def test_no_agreement_begins_without_a_licence(ends_on: date | None, refused: bool) -> None:
    said = Refusal("licence_ended", field="agency", last_day=TODAY - timedelta(days=1))
    assert refused is (_refusal(check_licence, TODAY, ends_on) == said)


def _refusal(check, *facts) -> Refusal | None:
    try:
        check(*facts)
    except Refusal as refusal:
        return refusal
    return None
