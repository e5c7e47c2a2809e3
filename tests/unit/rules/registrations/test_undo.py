"""A broker may take back what he has just registered, while nothing is built on it."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.registrations.registration import UNDO, Standing, refuse_undo

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("after", "holds", "built_on", "code"),
    [
        (timedelta(), True, False, None),
        (UNDO - SECOND, True, False, None),
        (UNDO, True, False, "undo_too_late"),
        (UNDO, False, True, "undo_too_late"),
        (SECOND, False, False, "undo_nothing_held"),
        (SECOND, False, True, "undo_nothing_held"),
        (SECOND, True, True, "undo_built_on"),
    ],
)
def test_a_slip_of_the_finger_is_taken_back(after: timedelta, holds: bool, built_on: bool, code: str | None) -> None:
    refusal = refuse_undo(AT + after, Standing(at=AT, holds=holds, built_on=built_on))
    assert (None if refusal is None else refusal.code) == code
