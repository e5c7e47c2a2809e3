"""Which touch owns a deal (确权): the oldest one that still protects when the client subscribes (rules 2.2, 2.3).

Time is the server's, and an exact tie is broken by the database's sequence. Nobody's order of telling matters:
the answer depends on the set of touches alone, and every touch that lost learns why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..judgements.protection import first_protecting, runs_at


class Lost(StrEnum):
    """Why a touch does not own the deal."""

    EXPIRED = "expired"
    """Its protection had ended by then (half-open: the instant of expiry is already expired)."""
    LATER = "later"
    """It protected too, but another was there before it."""
    AFTERWARDS = "afterwards"
    """It came after the subscription."""
    UNSHOWN = "unshown"
    """It ran, but the first showing decides here, and it had taken the client by none."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A touch, as attribution needs it. `protected_until` None: for good. `touch_id` is the sequence.

    `holds_from`: since when it keeps others out, which is `at` unless the first showing decides; None: not yet.
    """

    touch_id: int
    at: datetime
    protected_until: datetime | None
    holds_from: datetime | None

    def protects(self, at: datetime) -> bool:
        """Whether the touch keeps others out at an instant."""
        return self.holds_from is not None and self.holds_from <= at and runs_at(self.protected_until, at)


@dataclass(frozen=True, slots=True)
class Attributed:
    """The answer: the owning touch (None: nobody's), and what became of every other, oldest first."""

    owner: Touched | None
    lost: tuple[tuple[Touched, Lost], ...]


def attribute(touches: Iterable[Touched], at: datetime) -> Attributed:
    """The owner of a subscription at the instant `at`, among all touches of its client in its development."""
    by_age = sorted(touches, key=lambda touch: (touch.at, touch.touch_id))
    owner = first_protecting(by_age, at)
    return Attributed(owner, tuple((touch, _reason(touch, at)) for touch in by_age if touch is not owner))


def _reason(touch: Touched, at: datetime) -> Lost:
    if touch.at > at:
        return Lost.AFTERWARDS
    if not runs_at(touch.protected_until, at):
        return Lost.EXPIRED
    return Lost.LATER if touch.protects(at) else Lost.UNSHOWN
