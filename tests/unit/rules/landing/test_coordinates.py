"""A place in three systems: known points, and there and back again."""

from math import atan2, cos, pi, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.landing.coordinates import (
    Position,
    System,
    gcj02_of_bd09,
    gcj02_of_wgs84,
    pair_in,
    to_wgs84,
)
from portal.rules.showings.checkin import distance_m

BAIDU = pi * 3000.0 / 180.0


def bd09_of_gcj02(latitude: float, longitude: float) -> Position:
    """How a map of Baidu shows what Amap shows here."""
    away = sqrt(longitude**2 + latitude**2) + 0.00002 * sin(latitude * BAIDU)
    angle = atan2(latitude, longitude) + 0.000003 * cos(longitude * BAIDU)
    return away * sin(angle) + 0.006, away * cos(angle) + 0.0065


SHIFTED = {
    "Shanghai": ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    "Shenzhen": ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    "Beijing": ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    "of the tools' examples": ((39.915, 116.404), (39.91640428150164, 116.41024449916938)),
    "London": ((51.5007, -0.1246), (51.5007, -0.1246)),
}


@pytest.mark.parametrize(("wgs84", "gcj02"), SHIFTED.values(), ids=SHIFTED)
def test_known_points_in_wgs84_and_gcj02(wgs84: Position, gcj02: Position) -> None:
    assert gcj02_of_wgs84(*wgs84) == pytest.approx(gcj02, abs=1e-9)
    assert distance_m(*to_wgs84(*gcj02, System.GCJ02), *wgs84) < 0.01


def test_known_points_in_bd09() -> None:
    assert bd09_of_gcj02(39.915, 116.404) == pytest.approx((39.92133699351021, 116.41036949371029), abs=1e-9)
    assert gcj02_of_bd09(39.915, 116.404) == pytest.approx((39.90865673957631, 116.39762729119315), abs=1e-9)


PLACES = st.tuples(st.floats(18.0, 53.0), st.floats(74.0, 134.0))


@given(PLACES)
def test_there_and_back_again(place: Position) -> None:
    shown = gcj02_of_wgs84(*place)
    assert 50 < distance_m(*shown, *place) < 1_500
    assert distance_m(*to_wgs84(*shown, System.GCJ02), *place) < 0.01
    assert distance_m(*to_wgs84(*bd09_of_gcj02(*shown), System.BD09), *place) < 3
    assert to_wgs84(*place, System.WGS84) == place


PASTED = {
    "30.2592,120.0884": (30.2592, 120.0884),
    "120.0884,30.2592": (30.2592, 120.0884),
    " 120.0884， 30.2592 ": (30.2592, 120.0884),
    "51.5007, -0.1246": (51.5007, -0.1246),
    "200,300": None,
    "杭州": None,
    "30.2592": None,
}


@pytest.mark.parametrize(("text", "place"), PASTED.items(), ids=[repr(text) for text in PASTED])
def test_a_pair_off_a_map(text: str, place: Position | None) -> None:
    assert pair_in(text) == place
