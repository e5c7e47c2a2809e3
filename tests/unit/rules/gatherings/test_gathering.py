"""When a gathering may be, who may answer, and who may be let in."""

from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.gatherings.gathering import (
    EARLY,
    LONGEST,
    GatheringState,
    GuestState,
    Times,
    check_answer,
    check_arrival,
    guest_state,
)

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIMES = Times(NOON, NOON + 2 * HOUR)
S, G = GatheringState, GuestState


@pytest.mark.parametrize(
    ("times", "field"),
    [
        (Times(NOON - HOUR, NOON + HOUR), "begins"),
        (Times(NOON, NOON + HOUR), "begins"),
        (Times(NOON + HOUR, NOON + HOUR), "ends"),
        (Times(NOON + HOUR, NOON + 2 * HOUR + LONGEST), "ends"),
    ],
)
def test_not_then(times: Times, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        times.checked(NOON)
    assert refused.value.facts["field"] == field


def test_then() -> None:
    assert TIMES.checked(NOON - HOUR) is TIMES


@pytest.mark.parametrize(
    ("after", "cancelled", "state"),
    [
        (-HOUR, False, S.TO_COME),
        (timedelta(), False, S.ON),
        (2 * HOUR, False, S.OVER),
        (-HOUR, True, S.CANCELLED),
    ],
)
def test_state(after: timedelta, cancelled: bool, state: GatheringState) -> None:
    assert TIMES.state(NOON + after, cancelled=cancelled) is state


@pytest.mark.parametrize(
    ("state", "party", "came", "guest"),
    [
        (S.TO_COME, None, False, G.INVITED),
        (S.TO_COME, 2, False, G.COMING),
        (S.TO_COME, 0, False, G.NOT_COMING),
        (S.OVER, 2, False, G.MISSED),
        (S.OVER, None, False, G.INVITED),
        (S.ON, None, True, G.CAME),
    ],
)
def test_guest(state: GatheringState, party: int | None, came: bool, guest: GuestState) -> None:
    assert guest_state(state, party, came=came) is guest


@pytest.mark.parametrize(
    ("state", "party", "came", "code"),
    [
        (S.TO_COME, 0, False, None),
        (S.TO_COME, 10, False, None),
        (S.TO_COME, 11, False, "gathering_party_wrong"),
        (S.TO_COME, -1, False, "gathering_party_wrong"),
        (S.TO_COME, 1, True, "guest_came"),
        (S.ON, 1, False, "gathering_began"),
        (S.OVER, 1, False, "gathering_began"),
        (S.CANCELLED, 1, False, "gathering_cancelled"),
    ],
)
def test_answer(state: GatheringState, party: int, came: bool, code: str | None) -> None:
    if code is None:
        check_answer(state, party, came=came)
        return
    with pytest.raises(Refusal, match=code):
        check_answer(state, party, came=came)


@pytest.mark.parametrize(
    ("after", "cancelled", "code"),
    [
        (-EARLY, False, None),
        (HOUR, False, None),
        (-EARLY - HOUR, False, "gathering_not_yet"),
        (2 * HOUR, False, "gathering_over"),
        (HOUR, True, "gathering_cancelled"),
    ],
)
def test_arrival(after: timedelta, cancelled: bool, code: str | None) -> None:
    if code is None:
        check_arrival(TIMES, NOON + after, cancelled=cancelled)
        return
    with pytest.raises(Refusal, match=code):
        check_arrival(TIMES, NOON + after, cancelled=cancelled)
