"""Which showing should a person look at first? (rules 3.4)

A figure for the order of the review queue, and for nothing else: it neither judges nor accuses. What speaks against the
showing counts by its weight, a likeness the more the further it passes its limit, and so do the broker's earlier
strikes. The grounds add up to the figure, so that the page can say why a showing stands where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .checkin import Code, Outcome, Reason

MOST = 100


class Level(StrEnum):
    """How soon to look."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


LEVELS: Mapping[Level, int] = {Level.HIGH: 60, Level.MEDIUM: 25, Level.LOW: 0}
"""The least figure of each level, the highest first."""

VERDICTS: Mapping[Outcome, int] = {Outcome.REJECTED: 30, Outcome.NEEDS_REVIEW: 5, Outcome.VERIFIED: 0}

REASONS: Mapping[Code, int] = {
    Code.PHOTO_REUSED: 30,
    Code.CLIENT_IS_BROKER: 30,
    Code.CLIENT_IS_PARTNER: 25,
    Code.SEEN_UNDER_OTHER_CLIENT: 25,
    Code.FAILED_LIVENESS: 20,
    Code.BROKER_ABSENT: 15,
    Code.CLIENT_ABSENT: 15,
    Code.TOO_FAR: 15,
    Code.STALE_CAPTURE: 10,
    Code.OUTSIDE_SLOT: 5,
    Code.REGISTERED_TOO_LATE: 5,
    Code.CONSENT_MISSING: 5,
    Code.NO_FACE: 5,
    Code.POOR_QUALITY: 5,
}
"""What each reason weighs: deceit most; what an honest visit meets too, such as bad light or a late start, least."""

WHOSE = frozenset({Code.PHOTO_REUSED, Code.CLIENT_IS_BROKER, Code.CLIENT_IS_PARTNER, Code.SEEN_UNDER_OTHER_CLIENT})
"""Reasons that ask whose face or picture it was. A later visit that counts answers every other one, such as bad light;
over these a person looks all the same."""

NEARNESS = 20
"""What a likeness adds at most: at its limit nothing, for the very same picture all of it."""

STRIKE = 15
"""What each earlier strike of the broker adds, the third and later ones nothing more."""

STRIKES_COUNTED = 2


@dataclass(frozen=True, slots=True)
class Ground:
    """One part of the figure. `code` is a verdict, a reason, `nearness` or `earlier_strikes`; `count` the strikes."""

    code: str
    points: int
    count: int = 0


@dataclass(frozen=True, slots=True)
class Risk:
    """0 to 100, and what it is made of, the weightiest first."""

    points: int
    grounds: tuple[Ground, ...]

    @property
    def level(self) -> Level:
        """How soon to look."""
        return level_of(self.points)


def level_of(points: int) -> Level:
    """The level of a figure."""
    return next(level for level, least in LEVELS.items() if points >= least)


def weigh(outcome: Outcome, reasons: Sequence[Reason], earlier_strikes: int) -> Risk:
    """How soon a person should look at a showing with this verdict, of a broker with so many earlier strikes."""
    grounds = sorted(
        (ground for ground in _grounds(outcome, reasons, earlier_strikes) if ground.points),
        key=lambda ground: (-ground.points, ground.code),
    )
    return Risk(min(MOST, sum(ground.points for ground in grounds)), tuple(grounds))


def _grounds(outcome: Outcome, reasons: Sequence[Reason], earlier_strikes: int) -> Iterator[Ground]:
    yield Ground(outcome, VERDICTS[outcome])
    for reason in reasons:
        yield Ground(reason.code, REASONS[reason.code])
    yield Ground("nearness", round(NEARNESS * max((_beyond(reason) for reason in reasons), default=0.0)))
    yield Ground("earlier_strikes", STRIKE * min(earlier_strikes, STRIKES_COUNTED), earlier_strikes)


def _beyond(reason: Reason) -> float:
    """How far a suspicious likeness has gone from its limit (0) to the same picture (1). A likeness that is missing,
    such as the broker's to his own face, is no suspicion of this kind."""
    if reason.code not in (Code.CLIENT_IS_BROKER, Code.CLIENT_IS_PARTNER, Code.SEEN_UNDER_OTHER_CLIENT):
        return 0.0
    likeness, limit = reason.facts.get("similarity"), reason.facts.get("threshold")
    if not isinstance(likeness, float) or not isinstance(limit, float) or likeness <= limit:
        return 0.0
    return min(1.0, (likeness - limit) / (1.0 - limit))
