"""Homes by building: how units are read, and that each home counts once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.deals.buildings import Home, Reached, building_of, by_building

UNITS = {
    "3-1202": "3",
    " 12 - 3 - 802": "12",
    "３号楼2单元1202": "3",
    "5幢1202": "5",
    "6栋101": "6",
    "a座-1001": "A",
    "A座1001": "A",
    "B#1001": "B",
    "1202": "",
    "": "",
}

homes = st.builds(
    Home,
    st.sampled_from(["3-101", "10-201", "9-301", "1202", "B座1"]),
    st.sampled_from(Reached),
    st.integers(1, 10**9),
    st.booleans(),
)


@pytest.mark.parametrize(("unit", "building"), UNITS.items())
def test_the_building_of_a_unit(unit: str, building: str) -> None:
    assert building_of(unit) == building


def test_buildings_stand_in_the_order_of_their_numbers() -> None:
    units = ("10-1", "1202", "9-1", "B座1", "2-1")
    found = by_building(Home(unit, Reached.SIGNED, 1) for unit in units)
    assert [one.name for one in found] == ["2", "9", "10", "B", ""]


def test_what_a_building_says() -> None:
    told = [
        Home("3-1", Reached.SUBSCRIBED, 9),
        Home("3-2", Reached.SIGNED, 4, True),
        Home("3-3", Reached.HANDED_OVER, 5),
    ]
    (one,) = by_building(told)
    assert (one.homes, one.sold, one.subscribed, one.this_month, one.signed_fen, one.average_fen) == (3, 2, 1, 1, 9, 5)
    assert by_building(told[:1])[0].average_fen is None


@given(st.lists(homes, max_size=20))
def test_every_home_counts_once(told: list[Home]) -> None:
    found = by_building(told)
    assert sum(one.homes for one in found) == len(told)
    assert sum(one.signed_fen for one in found) == sum(
        home.price_fen for home in told if home.reached is not Reached.SUBSCRIBED
    )
