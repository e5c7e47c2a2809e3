"""Agencies compared: the table of docs/measures.md, medians, and that every client counts once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.measures.cohorts import COLUMNS, Registered, Shown, compare, week_of
from tests.unit.rules.measures.test_measures_md import rows

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)

registrations = st.builds(
    Registered,
    st.integers(1, 4),
    st.integers(0, 2000).map(lambda hours: NOON + hours * HOUR),
    st.none() | st.integers(2001, 3000).map(lambda hours: NOON + hours * HOUR),
    st.none() | st.integers(3001, 4000).map(lambda hours: NOON + hours * HOUR),
    st.integers(0, 10**9),
    st.integers(0, 10**7),
)


def at(cell: str) -> datetime | None:
    return None if cell == "–" else NOON + int(cell) * HOUR


def fen(cell: str) -> int:
    return 0 if cell == "–" else int(cell)


@pytest.mark.parametrize("row", rows("cohorts"))
def test_cohorts(row: tuple[str, ...]) -> None:
    cells = zip(*(cell.split("; ") for cell in row[:4]), strict=True)
    told = [Registered(1, NOON, at(came), at(signed), fen(price), fen(cost)) for came, signed, price, cost in cells]
    one = compare(told, {}).of[1]
    said = (one.registered, one.visited, one.signed, one.visit_hours, one.signing_hours, one.deal_cost_fen)
    assert tuple("–" if value is None else str(value) for value in said) == row[4:]


def test_medians_and_shares() -> None:
    many = [Registered(whose, NOON) for whose, count in ((1, 1), (2, 5), (3, 9)) for _number in range(count)]
    found = compare(
        [*many, Registered(4, NOON + 7 * 24 * HOUR, NOON + 8 * 24 * HOUR)], {2: Shown(4, 1, 2), 5: Shown(1)}
    )
    assert (found.median["registered"], found.median["signed_bps"], found.median["fake_bps"]) == (1, 0, 0)
    assert (found.of[2].fake_bps, found.of[2].late_bps, found.of[1].fake_bps) == (2500, 5000, None)
    assert (found.of[4].visited_bps, found.of[4].signed_bps, found.whole.shown) == (10_000, 0, Shown(5, 1, 2))
    assert [(week, one.registered) for week, one in found.weeks.items()] == [
        (date(2026, 6, 1), 15),
        (date(2026, 6, 8), 1),
    ]
    assert week_of(NOON - 13 * HOUR) == date(2026, 5, 25)
    assert set(compare([], {}).median.values()) == {None}


@given(st.lists(registrations, max_size=30))
def test_every_client_counts_once(told: list[Registered]) -> None:
    """By whose they are and by week the same clients add up, and no step but the signing is larger than the first."""
    found = compare(told, {})
    for part in (found.of, found.weeks):
        for name in ("registered", "visited", "signed", "revenue_fen", "cost_fen"):
            assert sum(getattr(one, name) for one in part.values()) == getattr(found.whole, name)
    assert found.whole.registered == len(told)
    assert all(max(one.visited, one.signed) <= one.registered for one in found.of.values())
    assert set(found.median) == set(COLUMNS)
