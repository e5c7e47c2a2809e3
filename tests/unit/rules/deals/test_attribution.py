"""The oldest touch that still protects owns the deal (rules 2.2, 2.3)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.deals.attribution import Lost, Touched, attribute

T0 = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return T0 + timedelta(days=number)


def touch(touch_id: int, came: int, until: int | None) -> Touched:
    return Touched(touch_id, day(came), None if until is None else day(until), day(came))


CASES = {
    "nobody came": ([], 10, None, {}),
    "one came and protects": ([touch(1, 0, 30)], 10, 1, {}),
    "protected for good": ([touch(1, 0, None)], 900, 1, {}),
    "a moment before the end it protects": ([touch(1, 0, 11)], 10, 1, {}),
    "at the instant of expiry it has expired": ([touch(1, 0, 10)], 10, None, {1: Lost.EXPIRED}),
    "first contact wins": ([touch(1, 0, 30), touch(2, 1, 30)], 10, 1, {2: Lost.LATER}),
    "who came first has expired": ([touch(1, 0, 5), touch(2, 6, 36)], 10, 2, {1: Lost.EXPIRED}),
    "a tie goes to the sequence": ([touch(8, 0, 30), touch(7, 0, 30)], 10, 7, {8: Lost.LATER}),
    "who comes after the subscription": ([touch(1, 11, None)], 10, None, {1: Lost.AFTERWARDS}),
    "who comes at the very instant": ([touch(1, 10, None)], 10, 1, {}),
}


@pytest.mark.parametrize(("touches", "at", "owner", "lost"), CASES.values(), ids=CASES)
def test_attribution(touches: list[Touched], at: int, owner: int | None, lost: dict[int, Lost]) -> None:
    answer = attribute(touches, day(at))
    assert (answer.owner.touch_id if answer.owner else None) == owner
    assert {one.touch_id: why for one, why in answer.lost} == lost


days = st.integers(0, 40)
a_touch = st.builds(lambda came, kept: (came, None if kept is None else came + kept), days, st.none() | days)
some_touches = st.lists(a_touch, max_size=8).map(
    lambda spans: [touch(number, came, until) for number, (came, until) in enumerate(spans, 1)]
)


@given(some_touches, days, st.randoms(use_true_random=False))
def test_the_outcome_does_not_depend_on_the_order_in_which_rows_are_read(
    touches: list[Touched], at: int, random
) -> None:
    shuffled = list(touches)
    random.shuffle(shuffled)
    assert attribute(shuffled, day(at)) == attribute(touches, day(at))


@given(some_touches, days)
def test_replay_adds_nothing(touches: list[Touched], at: int) -> None:
    """Asked again, also of the owner and the losers alone, it says the same."""
    answer = attribute(touches, day(at))
    assert attribute(touches, day(at)) == answer
    known = [one for one, _why in answer.lost] + ([answer.owner] if answer.owner else [])
    assert attribute(known, day(at)).owner == answer.owner


@given(some_touches, days)
def test_every_touch_wins_or_learns_why_not(touches: list[Touched], at: int) -> None:
    answer = attribute(touches, day(at))
    told = [one.touch_id for one, _ in answer.lost] + ([answer.owner.touch_id] if answer.owner else [])
    assert sorted(told) == [one.touch_id for one in touches]
    protecting = [one for one in touches if one.protects(day(at))]
    assert (answer.owner is None) == (not protecting)
    assert all(answer.owner and answer.owner.at <= one.at for one in protecting)
