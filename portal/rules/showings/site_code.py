"""The rotating code on the tablet at reception: what shows that a broker is at the site (rules 3.2).

It changes every half minute, so that a picture of it that is sent on is soon worth nothing; one step of tolerance is
for slow hands and networks. What was scanned in time may be sent a little later, once the broker has said with whom he
came, and counts for as long as the client's code lives.
"""

from datetime import UTC, datetime, timedelta

from commissions.refusal import Refusal

STEP = timedelta(seconds=30)
TOLERANCE = 1
"""So many steps behind the present one still count."""

CHOOSING = timedelta(minutes=5)
"""From the scan to the word with which client the broker came."""

COUNTS = timedelta(minutes=10)
"""From the scan to the check-in that it belongs to: as long as the code on the client's phone lives."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def step_of(now: datetime) -> int:
    """The number of the half minute."""
    return (now - _EPOCH) // STEP


def seconds_left(now: datetime) -> int:
    """Until the code changes, rounded up: 1 to 30."""
    left = STEP - (now - _EPOCH) % STEP
    return -(-left // timedelta(seconds=1))


def refuse_scan(now: datetime, step: int) -> Refusal | None:
    """Why a code of this step no longer counts, or None: site_code_old. A later step was never shown."""
    return None if 0 <= step_of(now) - step <= TOLERANCE else Refusal("site_code_old")


def still_counts(now: datetime, scanned_at: datetime) -> bool:
    """Whether a check-in made now may rest on this scan. Half-open, as every span."""
    return scanned_at <= now < scanned_at + COUNTS
