"""What keeps a month from being closed, and what only warns."""

import pytest

from portal.rules.periods.close import CloseFacts, Kind, Missing, Weight, close_blockers, holding_back

BLOCKS = {"month_runs", "imports_applying", "deals_without_plan", "showings_of_deals"}


def test_a_month_without_anything_to_settle_is_shown_in_full_and_held_back_by_nothing() -> None:
    board = close_blockers(CloseFacts())
    assert [one.kind for one in board] == list(Kind)
    assert {one.count for one in board} == {0}
    assert holding_back(board) == ()


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_counts_its_own_and_weighs_what_it_should(kind: Kind) -> None:
    board = close_blockers(CloseFacts(**{kind: 3}))
    weight = Weight.BLOCKS if kind in BLOCKS else Weight.WARNS
    assert [one for one in board if one.count] == [Missing(kind, 3, weight)]
    assert [one.kind for one in holding_back(board)] == ([kind] if kind in BLOCKS else [])
