"""What an attempt comes to, by a table; and that all attempts fit into three days."""

from datetime import timedelta

import pytest

from portal.rules.webhooks.retries import (
    MOST_FAILURES,
    PAUSES,
    RESTS_MOST,
    Attempt,
    Disabled,
    Ended,
    Outcome,
    outcome,
    trial,
)

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (Attempt(1, 0, 200), Outcome(Ended.DELIVERED, 0)),
        (Attempt(9, 19, 299), Outcome(Ended.DELIVERED, 0)),
        (Attempt(1, 0, 500), Outcome(None, 1, 5 * SECOND, 5 * SECOND)),
        (Attempt(1, 0, 199), Outcome(None, 1, 5 * SECOND, 5 * SECOND)),
        (Attempt(2, 1, None), Outcome(None, 2, 30 * SECOND, 10 * SECOND)),
        (Attempt(3, 2, 302), Outcome(None, 3, 120 * SECOND, 20 * SECOND)),
        (Attempt(1, 12, 404), Outcome(None, 13, 5 * SECOND, RESTS_MOST)),
        (Attempt(13, 3, 400), Outcome(None, 4, 24 * HOUR, 40 * SECOND)),
        (Attempt(14, 3, 400), Outcome(Ended.GIVEN_UP, 4, None, 40 * SECOND)),
        (Attempt(1, 0, 410), Outcome(Ended.GIVEN_UP, 1, disabled=Disabled.GONE)),
        (Attempt(1, 18, 500), Outcome(None, 19, 5 * SECOND, RESTS_MOST)),
        (Attempt(1, 19, 500), Outcome(None, 20, 5 * SECOND, RESTS_MOST, Disabled.FAILING)),
        (Attempt(14, 500, None), Outcome(Ended.GIVEN_UP, 501, None, RESTS_MOST, Disabled.FAILING)),
        (Attempt(1, 0, 500, roll=1.0), Outcome(None, 1, 4 * SECOND, 4 * SECOND)),
        (Attempt(1, 0, 429, asked=90 * SECOND), Outcome(None, 1, 90 * SECOND, 90 * SECOND)),
        (Attempt(3, 0, 503, asked=SECOND), Outcome(None, 1, 120 * SECOND, 5 * SECOND)),
        (Attempt(1, 0, 503, asked=900 * HOUR), Outcome(None, 1, 24 * HOUR, 24 * HOUR)),
    ],
)
def test_what_an_attempt_comes_to(attempt: Attempt, expected: Outcome) -> None:
    assert outcome(attempt) == expected


@pytest.mark.parametrize(
    ("status", "ended"), [(204, Ended.DELIVERED), (500, Ended.GIVEN_UP), (410, Ended.GIVEN_UP), (None, Ended.GIVEN_UP)]
)
def test_a_test_is_made_once_and_says_nothing_about_its_endpoint(status: int | None, ended: Ended) -> None:
    assert trial(Attempt(1, 19, status)) == Outcome(ended, 19)


def test_all_attempts_of_a_delivery_fit_into_three_days() -> None:
    assert PAUSES[0] == 5 * SECOND
    assert PAUSES[-1] == 24 * HOUR
    assert list(PAUSES) == sorted(PAUSES)
    assert timedelta(days=2, hours=23) < sum(PAUSES, timedelta()) < timedelta(days=3)


def test_an_endpoint_that_is_silent_for_hours_is_not_disabled_yet() -> None:
    silent = sum(
        (outcome(Attempt(1, n, None, roll=1.0)).rests or timedelta() for n in range(MOST_FAILURES - 1)), timedelta()
    )
    assert silent > 6 * HOUR
