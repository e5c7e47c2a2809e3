"""The rotating code at reception: how long one counts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.showings.site_code import COUNTS, STEP, refuse_scan, seconds_left, step_of, still_counts

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))

SCANS = {
    "at once": (timedelta(), True),
    "at the end of its half minute": (timedelta(seconds=29.9), True),
    "in the one after": (timedelta(seconds=59.9), True),
    "a minute later": (timedelta(seconds=60), False),
    "before it was shown": (timedelta(seconds=-1), False),
}


@pytest.mark.parametrize(("gone", "counts"), SCANS.values(), ids=SCANS)
def test_how_long_a_code_is_taken(gone: timedelta, counts: bool) -> None:
    assert (refuse_scan(NOON + gone, step_of(NOON)) is None) is counts


@given(INSTANTS, st.timedeltas(timedelta(), timedelta(hours=1)))
def test_no_picture_of_it_is_good_for_more_than_a_minute(shown: datetime, gone: timedelta) -> None:
    taken = refuse_scan(shown + gone, step_of(shown)) is None
    assert not taken or gone < 2 * STEP
    assert taken or gone >= STEP


@given(INSTANTS)
def test_the_next_one_comes_when_it_is_said_to(now: datetime) -> None:
    left = seconds_left(now)
    assert 1 <= left <= 30
    assert step_of(now + timedelta(seconds=left)) == step_of(now) + 1
    assert step_of(now + timedelta(seconds=left - 1)) == step_of(now)


def test_a_scan_belongs_to_the_next_ten_minutes() -> None:
    assert [still_counts(NOON + gone, NOON) for gone in (timedelta(), COUNTS - timedelta(seconds=1), COUNTS)] == [
        True,
        True,
        False,
    ]
    assert not still_counts(NOON - timedelta(seconds=1), NOON)
