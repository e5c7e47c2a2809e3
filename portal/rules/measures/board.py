"""The board: what each channel is held to, and how its figure becomes a score (docs/measures.md, section 2).

A figure is a part and a whole, exactly; rounding happens once, where a score or a value is told. What was not measured
has no score, and is never counted as 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Measure(StrEnum):
    """The measures of the board, one a channel, in the order in which they are shown."""

    AGENCIES = "agencies"
    """Deals a hundred showings: agencies' deals that were signed in the month, of the showings in it."""
    REFERRAL = "referral"
    """Deals that referrals brought, of all that were signed in the month."""
    WECHAT = "wechat"
    """Who did something with our account in the month, of those who follow it."""
    OWN_MEDIA = "own_media"
    """What a lead from our own media cost, in fen."""


COSTS = frozenset({Measure.OWN_MEDIA})
"""Where less is better, and the figure is a sum of money. The others are shares."""
OWN_DATA = frozenset({Measure.AGENCIES, Measure.REFERRAL})
"""What the portal counts itself; the others are entered, month by month."""

LOW, HIGH = 50, 120
"""The edges of a score where a board says none, in percent of the target."""

_WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Aim:
    """What a measure is held to. `target`: basis points, of a cost fen. `weight`: of 100. `low`, `high`: between which
    percents of the target a score follows the figure."""

    target: int
    weight: int
    low: int = LOW
    high: int = HIGH


@dataclass(frozen=True, slots=True)
class Board:
    """A version of the board: an aim for each measure, whose weights sum to 100."""

    aims: Mapping[Measure, Aim]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured: so much of so much (of a cost: fen, and leads). None: nobody said yet."""

    part: int | None = None
    whole: int | None = None

    @property
    def measured(self) -> bool:
        """Whether there is a figure: it was said, and there was something that it is a part of."""
        return self.part is not None and bool(self.whole)

    @property
    def exact(self) -> Fraction | None:
        """The figure as it is."""
        return Fraction(self.part, self.whole) if self.part is not None and self.whole else None

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(_sum(self.part, other.part), _sum(self.whole, other.whole))


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def value(measure: Measure, figure: Figure) -> int | None:
    """The figure in the unit of its target, half up: basis points, or fen. None where nothing was measured."""
    exact = figure.exact
    if exact is None:
        return None
    return half_up(exact if measure in COSTS else exact * _WHOLE_BPS)


def score(measure: Measure, aim: Aim, figure: Figure) -> Fraction | None:
    """The points of a figure: 100 at the target, one more or less for each percent of it, nothing below the low edge,
    and no more beyond the high one. Of a cost mirrored: 80 percent of the target is as good as 120 of a share.

    None where nothing was measured.
    """
    exact = figure.exact
    if exact is None:
        return None
    percent = exact * 100 * (1 if measure in COSTS else _WHOLE_BPS) / aim.target
    reached = 200 - percent if measure in COSTS else percent
    return Fraction(0) if reached < aim.low else min(reached, Fraction(aim.high))


@dataclass(frozen=True, slots=True)
class Total:
    """The month's points, over what was measured: `measured` percent of the weight. None: nothing was."""

    points: Fraction | None
    measured: int

    @property
    def unmeasured(self) -> int:
        """The weight of which nothing is known."""
        return 100 - self.measured


def total(board: Board, figures: Mapping[Measure, Figure]) -> Total:
    """The weighted mean of what was measured, with how much of the weight that is."""
    weighted, measured = Fraction(0), 0
    for measure, aim in board.aims.items():
        points = score(measure, aim, figures.get(measure, Figure()))
        if points is not None:
            weighted += aim.weight * points
            measured += aim.weight
    return Total(weighted / measured if measured else None, measured)


def half_up(exact: Fraction) -> int:
    """A figure as a whole number, half up (rules 0)."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def tenths(points: Fraction) -> int:
    """Points as they are shown: in tenths, half up."""
    return half_up(points * 10)
