"""A survey of an owner (回访): when he is asked by itself, three marks of one to five, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from commissions.refusal import Refusal

LEAST, MOST = 1, 5
LONGEST = 1_000
"""Letters of an owner's own words."""


ASKED_WITHIN = timedelta(days=14)
"""Later than that nobody is asked by itself any more: he would not remember, or it counts only since then."""


class Occasion(StrEnum):
    """Why an owner is asked: the handover, the first check of the home, the owners' committee, a year, a visit."""

    HANDOVER = "handover"
    FIRST_CHECK = "first_check"
    COMMITTEE = "committee"
    ANNIVERSARY = "anniversary"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class OwnerDays:
    """On which Shanghai days an owner got his home, was visited there last, and was asked before, by the occasion."""

    handed_over_on: date
    visited_on: date | None = None
    asked: Mapping[Occasion, date] = field(default_factory=dict)


def due(owner: OwnerDays, today: date, first_days: int) -> Occasion | None:
    """Why an owner is to be asked by now, or None: once, `first_days` after the handover, and on the day after a visit.

    Of both the first check comes first. Without `first_days` nobody is asked by itself.
    """
    if not first_days:
        return None
    asked_last = max(owner.asked.values(), default=date.min)
    first = owner.handed_over_on + timedelta(days=first_days)
    if Occasion.FIRST_CHECK not in owner.asked and asked_last < first <= today < first + ASKED_WITHIN:
        return Occasion.FIRST_CHECK
    visited = owner.visited_on
    if visited is None or visited <= owner.handed_over_on or asked_last >= visited:
        return None
    return Occasion.VISIT if visited < today <= visited + ASKED_WITHIN else None


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
