"""A text that can wait goes out by day."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.messages.quiet_hours import earliest

MIDNIGHT = datetime(2026, 2, 28, 16, tzinfo=UTC)
"""In Shanghai March begins."""

HOURS = {
    "at midnight": (0, 8),
    "the last instant of the night": (8 - 1 / 3600, 8),
    "as it is over": (8, 8),
    "at noon": (12, 12),
    "just before nine": (21 - 1 / 3600, 21 - 1 / 3600),
    "at nine": (21, 32),
    "before midnight": (24 - 1 / 3600, 32),
}


@pytest.mark.parametrize(("at", "goes"), HOURS.values(), ids=HOURS)
def test_it_waits_for_the_morning(at: float, goes: float) -> None:
    assert earliest(MIDNIGHT + timedelta(hours=at)) == MIDNIGHT + timedelta(hours=goes)
