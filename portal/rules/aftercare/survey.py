"""A survey of an owner (回访): three marks of one to five, and what follows from them."""

from dataclasses import dataclass
from enum import StrEnum

from commissions.refusal import Refusal

LEAST, MOST = 1, 5
LONGEST = 1_000
"""Letters of an owner's own words."""


class Asked(StrEnum):
    """What an owner is asked about."""

    ESTATE = "estate"
    BUILDING = "building"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Marks:
    """What an owner gives: one is bad, five is good."""

    estate: int
    building: int
    service: int

    def checked(self) -> "Marks":
        """The same, if they are marks. Raises Refusal: survey_mark_missing (with the field)."""
        for asked in Asked:
            if not LEAST <= getattr(self, asked) <= MOST:
                raise Refusal("survey_mark_missing", field=str(asked), least=LEAST, most=MOST)
        return self

    def bad(self, at_most: int) -> tuple[Asked, ...]:
        """What the owner is not content with: of so many points at most."""
        return tuple(asked for asked in Asked if getattr(self, asked) <= at_most)
