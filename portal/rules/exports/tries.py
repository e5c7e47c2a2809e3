"""When an export that failed is tried again, and for how long a file that was made is kept."""

from datetime import datetime, timedelta

PAUSES = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
"""After the first try that failed, the second and so on; behind the last one it is given up."""

LEASE = timedelta(hours=1)
"""So long who tries has it to himself; where he was killed, another one begins anew behind it."""

KEPT = timedelta(days=7)
"""How long the file can be taken."""


def next_try(tried: int, now: datetime) -> datetime | None:
    """When to try again after so many tries; None where it is given up."""
    return now + PAUSES[tried - 1] if tried <= len(PAUSES) else None
