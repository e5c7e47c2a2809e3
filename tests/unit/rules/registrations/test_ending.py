"""Giving a client up, and making a protection longer."""

from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.registrations.ending import Held, extended_until, refuse_release

UNTIL = datetime(2026, 3, 10, 2, tzinfo=UTC)

RELEASED = {
    "one that holds": (Held(UNTIL, holds=True), None),
    "one that waits for its first visit, or was made longer": (Held(UNTIL, holds=True, extended=True), None),
    "one that holds no more": (Held(UNTIL, holds=False), "release_nothing_held"),
    "one that a deal holds": (Held(None, holds=True), "release_sold"),
    "one about whom a case is open": (Held(UNTIL, holds=True, in_conflict=True), "release_in_conflict"),
}


@pytest.mark.parametrize("case", RELEASED)
def test_a_client_is_given_up(case: str) -> None:
    held, code = RELEASED[case]
    refusal = refuse_release(held)
    assert (refusal.code if refusal else None) == code


EXTENDED = {
    "by the most": (Held(UNTIL, holds=True), 7, 7, UNTIL + timedelta(days=7)),
    "by a day": (Held(UNTIL, holds=True), 7, 1, UNTIL + timedelta(days=1)),
    "by more than the profile allows": (Held(UNTIL, holds=True), 7, 8, "extension_days_wrong"),
    "by nothing": (Held(UNTIL, holds=True), 7, 0, "extension_days_wrong"),
    "where the profile allows none": (Held(UNTIL, holds=True), 0, 1, "extension_off"),
    "one that is over": (Held(UNTIL, holds=False), 7, 1, "extension_nothing_held"),
    "one that a deal holds": (Held(None, holds=True), 7, 1, "extension_for_good"),
    "a second time": (Held(UNTIL, holds=True, extended=True), 7, 1, "extension_made"),
    "one about whom a case is open": (Held(UNTIL, holds=True, in_conflict=True), 7, 1, "extension_in_conflict"),
}


@pytest.mark.parametrize("case", EXTENDED)
def test_a_protection_is_made_longer_once(case: str) -> None:
    held, most, days, expected = EXTENDED[case]
    if isinstance(expected, datetime):
        assert extended_until(held, most, days) == expected
        return
    with pytest.raises(Refusal) as refused:
        extended_until(held, most, days)
    assert refused.value.code == expected
