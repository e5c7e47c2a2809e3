"""Which clock is believed: what ends goes by no single look at a single clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.timekeeping import SILENCE, SLACK, Doubt, Mark, Uptime, judge, said

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HERE, THERE = "here", "there"


def mark(ago: timedelta, machine: str = HERE) -> Mark:
    """The clock was believed so long ago, on a machine that has been running for 10,000 seconds by now."""
    return Mark(NOW - ago, Uptime(machine, 10_000 - ago.total_seconds()))


CASES = {
    "the first look of all": ((), NOW, None, None),
    "a minute later": ((mark(MINUTE),), NOW, None, None),
    "set by four minutes": ((mark(MINUTE),), NOW + 4 * MINUTE, None, None),
    "a worker that was stopped for a month": ((mark(30 * DAY),), NOW, None, None),
    "400 days ahead": ((mark(MINUTE),), NOW + 400 * DAY, None, Doubt.LEAPT),
    "an hour ahead": ((mark(MINUTE),), NOW + timedelta(hours=1), None, Doubt.LEAPT),
    "an hour back": ((mark(MINUTE),), NOW - timedelta(hours=1), None, Doubt.LEAPT),
    "a machine that was off over night": ((mark(timedelta(hours=14), THERE),), NOW, None, None),
    "a machine that was off for long, or is wrong": ((mark(2 * DAY, THERE),), NOW, None, Doubt.AHEAD),
    "a machine that starts in the past": ((mark(MINUTE, THERE),), NOW - DAY, None, Doubt.BEHIND),
    "another host looks too": ((mark(DAY), mark(MINUTE, THERE)), NOW, NOW, None),
    "another host is two hours ahead": ((mark(MINUTE), mark(timedelta(hours=-2), THERE)), NOW, None, Doubt.BEHIND),
    "not the database's clock": ((mark(MINUTE),), NOW, NOW + 8 * DAY, Doubt.APART),
    "behind the database's clock": ((), NOW, NOW - timedelta(minutes=6), Doubt.APART),
    "the database's clock itself": ((mark(MINUTE),), NOW + 8 * DAY, NOW, Doubt.LEAPT),
}


@pytest.mark.parametrize(("marks", "now", "own", "doubt"), CASES.values(), ids=CASES.keys())
def test_what_is_doubted(marks: tuple[Mark, ...], now: datetime, own: datetime | None, doubt: Doubt | None) -> None:
    found = judge(now, Uptime(HERE, 10_000), marks, own)
    assert found.doubt is doubt
    assert found.trusted <= now
    assert (said(found) == "") is (doubt is None)


def test_in_doubt_time_goes_on_as_this_machine_counts_it() -> None:
    assert judge(NOW + 8 * DAY, Uptime(HERE, 10_000), [mark(DAY)]).trusted == NOW
    assert judge(NOW, Uptime("", 10_000), [mark(2 * DAY)]).trusted == NOW - 2 * DAY, "where nothing counts it stands"


@given(
    ahead=st.timedeltas(timedelta(days=-500), timedelta(days=500)),
    ago=st.timedeltas(timedelta(), timedelta(days=30)),
)
def test_nothing_ends_much_before_its_time(ahead: timedelta, ago: timedelta) -> None:
    """Whatever the clock says, the instant to go by is past the true one by the slack at most."""
    assert judge(NOW + ahead, Uptime(HERE, 10_000), [mark(ago)]).trusted <= NOW + SLACK
    restarted = judge(NOW + ahead, Uptime(THERE, 10), [mark(ago)])
    assert restarted.trusted <= NOW - ago + SILENCE
