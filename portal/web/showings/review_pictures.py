"""The review page's small pictures, as figures for inline SVG: where the capture was made, and how near a measure came
to its limits. They are drawn from what is stored; no map is asked from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

from ...models import Photo, Showing
from ...rules.partners.policy import Policy
from ...rules.showings.checkin import EARTH_RADIUS_M, distance_m

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


_MARGIN = 0.4
"""Around a face, as a share of its longer side: hair and chin tell people apart as well."""


@dataclass(frozen=True, slots=True)
class FacePicture:
    """One face out of a photo: the square of it that is shown, in the photo's pixels."""

    photo: Photo
    left: int
    top: int
    side: int


@dataclass(frozen=True, slots=True)
class FacePair:
    """The face of one side in this visit, and how it looked in another one; `side`: broker or client."""

    side: str
    here: FacePicture
    before: FacePicture | None


def face_pairs(photos: Sequence[Photo], with_broker: Photo | None, earlier: Sequence[Photo]) -> list[FacePair]:
    """The faces to hold against each other: the broker's and the client's of this visit, each beside an earlier one."""
    others = {"broker": [with_broker] if with_broker else [], "client": earlier}
    return [
        FacePair(side, here, _first_face(others[side], side))
        for side in ("broker", "client")
        if (here := _first_face(photos, side)) is not None
    ]


def _first_face(photos: Sequence[Photo], side: str) -> FacePicture | None:
    return next((_face(one, one.faces[side]) for one in photos if one.faces and side in one.faces), None)


def _face(photo: Photo, place: Sequence[int]) -> FacePicture:
    left, top, width, height = place
    side = round(max(width, height) * (1 + 2 * _MARGIN))
    return FacePicture(photo, left + (width - side) // 2, top + (height - side) // 2, side)
