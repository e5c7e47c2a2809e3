"""Whose turn it is, as a table."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.care.rota import Stand, Turn, turn_of


def at(hour: int) -> datetime:
    return datetime(2026, 6, 1, hour, tzinfo=UTC)


CASES: dict[str, tuple[list[Stand], Turn]] = {
    "nobody stands there": ([], Turn(None)),
    "who had fewer today": ([Stand(1, 2, at(9)), Stand(2, 1, at(10))], Turn(2)),
    "of as many, whose last is longest ago": ([Stand(1, 1, at(10)), Stand(2, 1, at(9))], Turn(2)),
    "who never had one": ([Stand(1, 0, at(1)), Stand(2)], Turn(2)),
    "of two who never had one, the first": ([Stand(2), Stand(1)], Turn(1)),
    "who is off is passed over": ([Stand(1, away="day_off"), Stand(2, 3, at(9))], Turn(2, ((1, "day_off"),))),
    "who is off and comes later is not named": ([Stand(1), Stand(2, 3, away="ill")], Turn(1)),
    "all are away": ([Stand(1, away="ill"), Stand(2, away="leave")], Turn(None, ((1, "ill"), (2, "leave")))),
}


@pytest.mark.parametrize(("stands", "turn"), CASES.values(), ids=CASES)
def test_whose_turn_it_is(stands: list[Stand], turn: Turn) -> None:
    assert turn_of(stands) == turn


@given(st.integers(1, 6), st.integers(1, 40))
def test_nobody_gets_two_more_than_another(people: int, clients: int) -> None:
    """However many come, who is there all day is given as many as the others, give or take one."""
    had = {person: Stand(person) for person in range(people)}
    for number in range(clients):
        turn = turn_of(had.values()).person_id
        assert turn is not None
        had[turn] = had[turn]._replace(today=had[turn].today + 1, last_at=at(number % 24))
    counts = [one.today for one in had.values()]
    assert max(counts) - min(counts) <= 1
