"""Homes sold by building (楼栋): how far each has come, from the way in which units are written."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

_BUILDING = re.compile(r"([^\s\-—–#]+?)\s*(?:[-—–#]|号楼|栋|幢|座|楼|单元)")
_NUMBER = re.compile(r"(\d+)")


class Reached(StrEnum):
    """How far the sale of a home has come, the furthest step that counts."""

    SUBSCRIBED = "subscribed"
    SIGNED = "signed"
    LOAN_RELEASED = "loan_released"
    HANDED_OVER = "handed_over"


class Home(NamedTuple):
    """A home that has a sale which stands. `this_month`: signed in the month that is looked at."""

    unit: str
    reached: Reached
    price_fen: int
    this_month: bool = False


@dataclass(slots=True)
class Building:
    """A building's homes by how far their sale has come. `name`: empty where the unit says no building."""

    name: str
    subscribed: int = 0
    signed: int = 0
    loan_released: int = 0
    handed_over: int = 0
    this_month: int = 0
    signed_fen: int = 0

    @property
    def sold(self) -> int:
        """All that are signed, however far beyond."""
        return self.signed + self.loan_released + self.handed_over

    @property
    def homes(self) -> int:
        """All that nobody else can buy."""
        return self.subscribed + self.sold

    @property
    def average_fen(self) -> int | None:
        """What a signed home came to, half up; None without one."""
        return (2 * self.signed_fen + self.sold) // (2 * self.sold) if self.sold else None

    def add(self, home: Home) -> None:
        """Count one more home."""
        setattr(self, home.reached, getattr(self, home.reached) + 1)
        if home.reached is not Reached.SUBSCRIBED:
            self.signed_fen += home.price_fen
            self.this_month += home.this_month


def building_of(unit: str) -> str:
    """The building of a unit: `3` of `3-1202`, `3幢1202` or `３号楼2单元1202`; empty where it says none."""
    found = _BUILDING.match(unicodedata.normalize("NFKC", unit).strip())
    return found[1].upper() if found else ""


def by_building(homes: Iterable[Home]) -> list[Building]:
    """Each building with its homes, in the order of their numbers; last what says no building."""
    found: dict[str, list[Home]] = defaultdict(list)
    for home in homes:
        found[building_of(home.unit)].append(home)
    buildings = []
    for name in sorted(found, key=_order):
        building = Building(name)
        for home in found[name]:
            building.add(home)
        buildings.append(building)
    return buildings


def _order(name: str) -> tuple[bool, list[tuple[int, str]]]:
    """By number where there is one: the 9th before the 10th."""
    return not name, [(int(part), "") if part.isdecimal() else (0, part) for part in _NUMBER.split(name)]
