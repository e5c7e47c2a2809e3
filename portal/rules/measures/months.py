"""A month of the board: whether it can be sealed, what late truth corrects, and who has not delivered.

A sealed month keeps the figures and the version of the board that it was sealed with. What changes afterwards, such as
a deal that is cancelled, is told beside it as a correction and moves nothing that was sealed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...clock import month_end, month_of, month_start
from .board import OWN_DATA, Figure, Measure

DELIVERED_BY_DAYS = 2
"""What lives elsewhere is delivered by the end of the 2nd of the next month: on the 3rd somebody is told."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a sealed figure would be today: `was`, as it was sealed, and `now`."""

    measure: Measure
    was: Figure
    now: Figure


def corrections(sealed: Mapping[Measure, Figure], now: Mapping[Measure, Figure]) -> tuple[Correction, ...]:
    """What late truth changes in a sealed month, in the order of the board."""
    pairs = ((measure, sealed.get(measure, Figure()), now.get(measure, Figure())) for measure in Measure)
    return tuple(Correction(measure, was, today) for measure, was, today in pairs if was != today)


def over(month: str, now: datetime) -> bool:
    """Whether the month has ended: before that it cannot be sealed."""
    return month_end(month) <= now


def late_from(month: str) -> datetime:
    """From when on who has not delivered the month's figures is told: the beginning of the 3rd."""
    return month_end(month) + timedelta(days=DELIVERED_BY_DAYS)


def opens_with(now: datetime) -> str:
    """The month that the board opens with: this one, but in its first days, when hardly anything happened yet, the one
    before, whose figures are being delivered."""
    before = month_of(month_start(month_of(now)) - timedelta.resolution)
    return before if now < late_from(before) else month_of(now)


def missing(
    selling: Iterable[int], delivered: Collection[tuple[int | None, Measure]]
) -> tuple[tuple[int, Measure], ...]:
    """Which figures of which developments nobody has delivered. What was delivered for all developments together
    (None) is missing nowhere."""
    wanted = [measure for measure in Measure if measure not in OWN_DATA and (None, measure) not in delivered]
    return tuple((key, measure) for key in selling for measure in wanted if (key, measure) not in delivered)
