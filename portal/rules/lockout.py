"""When sign-in closes for a while: too many failures on one account, or from one address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures within `minutes` close sign-in until the oldest of them is that old."""

    account: int = 5
    address: int = 30
    minutes: int = 15


def locked_until(failures: Sequence[datetime], limit: int, minutes: int, now: datetime) -> datetime | None:
    """The instant when sign-in opens again, or None when it is open.

    `failures` are the instants of failed tries since the last success, in any order.
    """
    span = timedelta(minutes=minutes)
    recent = sorted(at for at in failures if at > now - span)
    return recent[-limit] + span if len(recent) >= limit else None
