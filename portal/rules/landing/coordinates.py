"""A position in the three systems that maps in China speak: WGS-84, GCJ-02 and BD-09.

A phone's browser says WGS-84. Amap (高德) and Tencent show GCJ-02, which is shifted by some hundred metres so that
positions do not fit foreign maps; Baidu shifts that once more (BD-09). We keep WGS-84, and bring what was copied off a
map back to it. The shift and its constants are the published ones; outside China there is none.
"""

import re
from enum import StrEnum
from math import atan2, cos, pi, radians, sin, sqrt

_AXIS = 6_378_245.0
_ECCENTRICITY = 0.00669342162296594323
_BAIDU = pi * 3000.0 / 180.0
_ROUNDS = 6
"""Of the way back: by then it is exact to less than a millimetre."""

_PAIR = re.compile(r"^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$")

Position = tuple[float, float]
"""Latitude and longitude in degrees."""


class System(StrEnum):
    """Whose coordinates they are."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def to_wgs84(latitude: float, longitude: float, system: System) -> Position:
    """The same place in WGS-84."""
    if system is System.BD09:
        latitude, longitude = gcj02_of_bd09(latitude, longitude)
    if system is System.WGS84:
        return latitude, longitude
    found = (latitude, longitude)
    for _round in range(_ROUNDS):
        shifted = gcj02_of_wgs84(*found)
        found = (found[0] + latitude - shifted[0], found[1] + longitude - shifted[1])
    return found


def gcj02_of_wgs84(latitude: float, longitude: float) -> Position:
    """How a map of Amap shows this place."""
    if not in_china(latitude, longitude):
        return latitude, longitude
    north, east = _shift(longitude - 105.0, latitude - 35.0)
    phi = radians(latitude)
    magic = 1 - _ECCENTRICITY * sin(phi) ** 2
    root = sqrt(magic)
    north = north * 180.0 / ((_AXIS * (1 - _ECCENTRICITY)) / (magic * root) * pi)
    east = east * 180.0 / (_AXIS / root * cos(phi) * pi)
    return latitude + north, longitude + east


def gcj02_of_bd09(latitude: float, longitude: float) -> Position:
    """The way back, as published: exact to about a metre."""
    x, y = longitude - 0.0065, latitude - 0.006
    away = sqrt(x**2 + y**2) - 0.00002 * sin(y * _BAIDU)
    angle = atan2(y, x) - 0.000003 * cos(x * _BAIDU)
    return away * sin(angle), away * cos(angle)


def in_china(latitude: float, longitude: float) -> bool:
    """Roughly, as the published shift decides it."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def pair_in(text: str) -> Position | None:
    """Latitude and longitude as pasted off a map, in whichever order: in China no longitude is a latitude."""
    found = _PAIR.match(text)
    if found is None:
        return None
    first, second = float(found[1]), float(found[2])
    if in_china(second, first) and not in_china(first, second):
        first, second = second, first
    return (first, second) if abs(first) <= 90 and abs(second) <= 180 else None


def _shift(x: float, y: float) -> Position:
    """The published polynomial and waves, in metres to the north and to the east."""
    common = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (common + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (common + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    return north, east
