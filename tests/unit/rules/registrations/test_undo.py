"""What was just registered, or signed in at reception, may be taken back while nothing is built on it."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.registrations.registration import UNDO, WALK_IN_UNDO, ClaimFacts, refuse_undo, refuse_walk_in_undo

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
    refusal = refuse_undo(AT + after, ClaimFacts(at=AT, holds=holds, built_on=built_on))
    assert (None if refusal is None else refusal.code) == code


@pytest.mark.parametrize(
    ("after", "holds", "built_on", "code"),
    [
        (WALK_IN_UNDO - SECOND, True, False, None),
        (WALK_IN_UNDO, False, True, "walk_in_too_late"),
        (SECOND, False, True, "walk_in_over"),
        (SECOND, True, True, "walk_in_built_on"),
    ],
)
def test_so_is_a_mistyped_walk_in(after: timedelta, holds: bool, built_on: bool, code: str | None) -> None:
    refusal = refuse_walk_in_undo(AT + after, ClaimFacts(at=AT, holds=holds, built_on=built_on))
    assert (None if refusal is None else refusal.code) == code
