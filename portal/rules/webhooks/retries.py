"""What an attempt comes to: delivered, tried again and when, or given up; and how long its endpoint rests meanwhile.

A delivery is tried at once and then thirteen times more, at growing intervals, for three days in all. Beside that the
endpoint itself rests after an attempt that failed, so that one which is down meets one attempt and not all that
waits. Both intervals are shortened by up to a fifth, by chance, so that what failed together does not come back
together.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PAUSES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=12),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After the first attempt, the second and so on; just below three days together."""

RESTS_FIRST = timedelta(seconds=5)
RESTS_MOST = timedelta(hours=1)
"""An endpoint that has just failed rests so long, doubled with each failure in a row, and never longer than that."""

MOST_FAILURES = 20
"""So many failed attempts in a row, of whatever deliveries, disable an endpoint: half a day of silence."""

SPREAD = 0.2
ASKED_MOST = timedelta(hours=24)
"""A receiver that says `Retry-After` is heeded up to that."""

_GONE = 410


class Ended(StrEnum):
    """How a delivery came to its end."""

    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Disabled(StrEnum):
    """Why an endpoint gets nothing any more."""

    BY_HAND = "by_hand"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt and what stood before it.

    `number`: which one of its delivery. `failures`: how many in a row its endpoint has behind it. `status`: what was
    answered, None where nothing was. `asked`: how long the receiver wants to be left alone. `roll`: chance, from 0 to
    1.
    """

    number: int
    failures: int
    status: int | None
    asked: timedelta | None = None
    roll: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt comes to.

    `ended` None: the delivery is tried again after `pause`. `failures`: how many in a row the endpoint has now, and for
    how long it `rests`. `disabled`: it gets nothing any more.
    """

    ended: Ended | None
    failures: int
    pause: timedelta | None = None
    rests: timedelta | None = None
    disabled: Disabled | None = None


def outcome(attempt: Attempt) -> Outcome:
    """What this attempt comes to. Any answer from 200 to 299 is a yes, 410 is the end of the endpoint, all else a
    no."""
    if attempt.status is not None and 200 <= attempt.status < 300:
        return Outcome(Ended.DELIVERED, 0)
    failures = attempt.failures + 1
    if attempt.status == _GONE:
        return Outcome(Ended.GIVEN_UP, failures, disabled=Disabled.GONE)
    over = attempt.number > len(PAUSES)
    return Outcome(
        Ended.GIVEN_UP if over else None,
        failures,
        pause=None if over else _later(PAUSES[attempt.number - 1], attempt),
        rests=_later(min(RESTS_FIRST * 2 ** min(failures - 1, 20), RESTS_MOST), attempt),
        disabled=Disabled.FAILING if failures >= MOST_FAILURES else None,
    )


def trial(attempt: Attempt) -> Outcome:
    """What the attempt of a test comes to: it is made once, and says nothing about the endpoint."""
    delivered = attempt.status is not None and 200 <= attempt.status < 300
    return Outcome(Ended.DELIVERED if delivered else Ended.GIVEN_UP, attempt.failures)


def _later(pause: timedelta, attempt: Attempt) -> timedelta:
    asked = min(attempt.asked or timedelta(0), ASKED_MOST)
    return max(pause * (1 - SPREAD * attempt.roll), asked)
