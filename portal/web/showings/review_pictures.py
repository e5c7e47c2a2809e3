"""The review page's small pictures, as figures for inline SVG: where the capture was made, and how near a measure came
to its limits. They are drawn from what is stored; no map is asked from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

from ...models import Showing
from ...rules.checkin import EARTH_RADIUS_M, distance_m
from ...rules.policy import Policy

SIDE = 200
"""Side of the place's picture, in its own units; the site stands in the middle."""

_REACH = 80
"""What is furthest off lies this far from the middle."""

_LEAST_CIRCLE = 12


@dataclass(frozen=True, slots=True)
class PlacePicture:
    """Site, geofence and capture; north is up. Lengths in units of the picture, `away_m` and `fence_m` in metres."""

    x: float
    y: float
    fence: float
    away_m: float
    fence_m: float

    @property
    def inside(self) -> bool:
        """Whether the capture lies within the geofence."""
        return self.away_m <= self.fence_m


@dataclass(frozen=True, slots=True)
class Scale:
    """A value and its limits on a bar of 100 units, each with its words."""

    value: float
    limits: tuple[tuple[float, str], ...]


def place_of(showing: Showing) -> PlacePicture | None:
    """Where the capture was made as seen from the site, or None where either position is unknown."""
    site = showing.development
    if None in (showing.latitude, showing.longitude, site.latitude, site.longitude):
        return None
    return _seen_from(
        (site.latitude, site.longitude),  # type: ignore[arg-type]  # none is None
        (showing.latitude, showing.longitude),  # type: ignore[arg-type]
        float(showing.evidence["policy"].get("geofence_m") or Policy.of(site.policy).geofence_m),
    )


def scale_of(value: float, limits: Sequence[tuple[float, str]], most: float) -> Scale:
    """A value from 0 to `most` and its limits; what lies beyond stands at the end."""
    return Scale(_share(value, most), tuple((_share(limit, most), words) for limit, words in limits))


def _share(value: float, most: float) -> float:
    return round(100 * min(max(value / most, 0.0), 1.0), 1)


def _seen_from(site: tuple[float, float], capture: tuple[float, float], fence_m: float) -> PlacePicture:
    east = radians(capture[1] - site[1]) * cos(radians(site[0])) * EARTH_RADIUS_M
    north = radians(capture[0] - site[0]) * EARTH_RADIUS_M
    unit = _REACH / max(hypot(east, north), fence_m)
    return PlacePicture(
        x=round(SIDE / 2 + east * unit, 1),
        y=round(SIDE / 2 - north * unit, 1),
        fence=round(max(fence_m * unit, _LEAST_CIRCLE), 1),
        away_m=distance_m(*capture, *site),
        fence_m=fence_m,
    )
