"""Scheduled exports: when one is due, which filters move along, and when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clock import SHANGHAI
from portal.rules.exports import tries
from portal.rules.exports.moving import Moving, moved
from portal.rules.exports.rhythm import LAST_DAY, Every, Rhythm, due, latest_due, next_due

DAILY = Rhythm.of(Every.DAY, 8, 3, 3)
MONDAYS = Rhythm.of(Every.WEEK, 0, 0, 5)
FIRST = Rhythm.of(Every.MONTH, 23, 2, 1)
THE_30TH = Rhythm.of(Every.MONTH, 9, 0, 30)
LAST = Rhythm.of(Every.MONTH, 9, 0, LAST_DAY)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("rhythm", "now", "latest", "following"),
    [
        (DAILY, "2026-03-02T08:00", "2026-03-02T08:00", "2026-03-03T08:00"),
        (DAILY, "2026-03-02T07:59", "2026-03-01T08:00", "2026-03-02T08:00"),
        (DAILY, "2026-01-01T00:00", "2025-12-31T08:00", "2026-01-01T08:00"),
        (MONDAYS, "2026-03-02T00:00", "2026-03-02T00:00", "2026-03-09T00:00"),
        (MONDAYS, "2026-03-01T23:59", "2026-02-23T00:00", "2026-03-02T00:00"),
        (FIRST, "2026-03-01T22:59", "2026-02-01T23:00", "2026-03-01T23:00"),
        (THE_30TH, "2026-02-28T09:00", "2026-02-28T09:00", "2026-03-30T09:00"),
        (LAST, "2028-02-29T08:59", "2028-01-31T09:00", "2028-02-29T09:00"),
        (LAST, "2026-12-31T09:00", "2026-12-31T09:00", "2027-01-31T09:00"),
    ],
)
def test_a_rhythm_goes_by_shanghais_calendar(rhythm: Rhythm, now: str, latest: str, following: str) -> None:
    """A month that has no such day is served on its last."""
    assert (latest_due(rhythm, at(now)), next_due(rhythm, at(now))) == (at(latest), at(following))


@pytest.mark.parametrize(
    ("since", "done", "now", "owed"),
    [
        ("2026-03-02T09:00", None, "2026-03-03T07:59", None),
        ("2026-03-02T09:00", None, "2026-03-03T08:00", "2026-03-03T08:00"),
        ("2026-03-03T08:00", None, "2026-03-03T08:00", None),
        ("2026-03-02T09:00", "2026-03-03T08:00", "2026-03-04T07:00", None),
        ("2026-03-02T09:00", "2026-03-03T08:00", "2026-03-06T12:00", "2026-03-06T08:00"),
    ],
    ids=["not yet", "its time has come", "asked for at that instant", "made", "missed thrice, made once"],
)
def test_due_is_what_is_owed_less_what_was_made(since: str, done: str | None, now: str, owed: str | None) -> None:
    found = due(DAILY, at(since), at(done) if done else None, at(now))
    assert found == (at(owed) if owed else None)


_RHYTHMS = st.builds(Rhythm.of, st.sampled_from(Every), st.integers(0, 23), st.integers(0, 6), st.integers(1, LAST_DAY))
_INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))


@given(rhythm=_RHYTHMS, now=_INSTANTS)
def test_nothing_lies_between_the_latest_and_the_next(rhythm: Rhythm, now: datetime) -> None:
    latest, following = latest_due(rhythm, now), next_due(rhythm, now)
    assert latest <= now < following
    assert next_due(rhythm, latest) == following
    assert latest_due(rhythm, following - timedelta.resolution) == latest
    assert {one.astimezone(SHANGHAI).hour for one in (latest, following)} == {rhythm.hour}


@pytest.mark.parametrize(
    ("filters", "due_at", "said"),
    [
        ({"month": Moving.LAST_MONTH, "state": "signed"}, "2026-01-01T00:00", {"month": "2025-12", "state": "signed"}),
        ({"month": Moving.THIS_MONTH}, "2026-12-31T23:00", {"month": "2026-12"}),
        ({"month": "2026-02"}, "2026-05-01T08:00", {"month": "2026-02"}),
        ({"day": Moving.TODAY}, "2026-03-01T00:00", {"day": "2026-03-01"}),
        ({"day": Moving.TOMORROW}, "2026-02-28T23:00", {"day": "2026-03-01"}),
        ({"state": "today"}, "2026-03-01T00:00", {"state": "today"}),
    ],
)
def test_a_filter_moves_along_where_it_can(filters: dict[str, str], due_at: str, said: dict[str, str]) -> None:
    assert moved(filters, at(due_at)) == said


def test_it_is_tried_at_growing_intervals_and_given_up() -> None:
    now = at("2026-03-02T08:00")
    waits = [tries.next_try(tried, now) for tried in range(1, 6)]
    assert waits == [now + timedelta(minutes=minutes) for minutes in (5, 30, 120, 360)] + [None]
