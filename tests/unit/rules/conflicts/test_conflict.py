"""Who may object until when, who may decide, and what: facts in, a no out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.rules.conflicts import conflict
from portal.rules.conflicts.conflict import Case, Ended, Objectionable, Outcome, Result

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)
WEEK, TICK = timedelta(days=7), timedelta(microseconds=1)
KEEP, MOVE, SPLIT, REJECT = Outcome
HOLDER, CLAIMANT, SOMEBODY = 1, 2, 3
OPEN = Case(open=True, waits_for_second=False, objections=True, movable=True, parts=frozenset({HOLDER, CLAIMANT}))


def code(deed: Callable[[], object]) -> str | None:
    try:
        deed()
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("about", "now", "said"),
    [
        (Objectionable(None), AT, "nothing_to_object"),
        (Objectionable(AT, objected=True), AT, "already_objected"),
        (Objectionable(AT), AT + WEEK - TICK, None),
        (Objectionable(AT), AT + WEEK, "objection_too_late"),
    ],
)
def test_an_objection_has_seven_days_and_comes_once(about: Objectionable, now: datetime, said: str | None) -> None:
    assert code(lambda: conflict.check_objection(about, now)) == said


@pytest.mark.parametrize(
    ("case", "actor", "outcome", "reason", "said"),
    [
        ({}, SOMEBODY, KEEP, "x", None),
        ({}, HOLDER, KEEP, "x", "conflict_has_part"),
        ({}, CLAIMANT, MOVE, "x", "conflict_has_part"),
        ({"deciders": frozenset({SOMEBODY})}, SOMEBODY, KEEP, "x", "conflict_decided_by_you"),
        ({"open": False}, SOMEBODY, KEEP, "x", "conflict_decided"),
        ({"waits_for_second": True}, SOMEBODY, KEEP, "x", "conflict_waits_for_second"),
        ({}, SOMEBODY, KEEP, "  ", "conflict_reason_needed"),
        ({"movable": False}, SOMEBODY, MOVE, "x", "conflict_not_offered"),
        ({}, SOMEBODY, SPLIT, "x", "conflict_not_offered"),
        ({"splittable": True}, SOMEBODY, SPLIT, "x", None),
        ({"splittable": True, "movable": False}, SOMEBODY, SPLIT, "x", "conflict_not_offered"),
        ({"objections": False}, SOMEBODY, REJECT, "x", "conflict_not_offered"),
    ],
)
def test_who_decides_has_no_part_and_says_why(
    case: dict[str, object], actor: int, outcome: Outcome, reason: str, said: str | None
) -> None:
    facts = {name: getattr(OPEN, name) for name in Case.__dataclass_fields__} | case
    assert code(lambda: conflict.check_decision(Case(**facts), actor, outcome, reason)) == said


@pytest.mark.parametrize(
    ("ended", "now", "said"),
    [
        (Ended(None, lost=True, looks=1), AT, "conflict_open"),
        (Ended(AT, lost=False, looks=1), AT, "second_look_not_yours"),
        (Ended(AT, lost=True, looks=2), AT, "second_look_used"),
        (Ended(AT, lost=True, looks=1), AT + WEEK, "objection_too_late"),
        (Ended(AT, lost=True, looks=1), AT + WEEK - TICK, None),
    ],
)
def test_who_lost_asks_once_more_in_time(ended: Ended, now: datetime, said: str | None) -> None:
    assert code(lambda: conflict.check_second_look(ended, now)) == said


@pytest.mark.parametrize(
    ("owner", "holders", "said"), [(7, [], False), (7, [7], False), (7, [7, 8], True), (None, [8], True)]
)
def test_a_buyers_kin_is_a_question_where_somebody_else_had_registered_him(
    owner: int | None, holders: list[int], said: bool
) -> None:
    assert conflict.kin_in_question(owner, holders) is said


@pytest.mark.parametrize(
    ("holder", "others", "most", "said"),
    [
        (7, [(8, 4_000)], 2, None),
        (7, [(8, 4_000), (9, 5_999)], 3, None),
        (None, [(8, 4_000)], 2, "split_needs_other"),
        (7, [], 2, "split_needs_other"),
        (7, [(None, 4_000)], 2, "split_needs_other"),
        (7, [(8, 4_000)], 0, "split_too_many"),
        (7, [(8, 4_000), (9, 1)], 2, "split_too_many"),
        (7, [(7, 4_000)], 2, "split_same_agency"),
        (7, [(8, 4_000), (8, 1)], 3, "split_same_agency"),
        (7, [(8, None)], 2, "split_share"),
        (7, [(8, 0)], 2, "split_share"),
        (7, [(8, 10_000)], 2, "split_share"),
        (7, [(8, 4_000), (9, 6_000)], 3, "split_no_rest"),
    ],
)
def test_a_split_is_between_agencies_within_its_most_and_leaves_each_something(
    holder: int | None, others: list[tuple[int | None, int | None]], most: int, said: str | None
) -> None:
    assert code(lambda: conflict.check_split(holder, [conflict.Share(*one) for one in others], most)) == said


def test_who_has_a_part_shares_and_who_gets_all_back_does_not() -> None:
    split = conflict.results(SPLIT, [HOLDER], [CLAIMANT, SOMEBODY], CLAIMANT, {HOLDER, CLAIMANT})
    assert split == {HOLDER: Result.SHARED, CLAIMANT: Result.SHARED, SOMEBODY: Result.NOT_YOURS}
    back = conflict.results(MOVE, [HOLDER], [CLAIMANT], HOLDER)
    assert back == {HOLDER: Result.YOURS, CLAIMANT: Result.NOT_YOURS}


@given(st.sampled_from(Outcome), st.sets(st.integers(1, 9)), st.sets(st.integers(1, 9)), st.integers(1, 9) | st.none())
def test_one_client_is_at_most_one_brokers_once_he_moves(
    outcome: Outcome, holders: set[int], claimants: set[int], winner: int | None
) -> None:
    found = conflict.results(outcome, holders, claimants, winner)
    yours = {person for person, result in found.items() if result is Result.YOURS}
    if outcome is MOVE:
        assert yours == ({winner} if winner is not None else set())
    else:
        assert yours == holders
    assert found.keys() >= holders | claimants


def test_a_decision_is_late_from_its_hour_on() -> None:
    assert not conflict.is_late(AT, AT - TICK)
    assert conflict.is_late(AT, AT)
