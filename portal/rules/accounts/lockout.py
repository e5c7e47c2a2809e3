"""When sign-in closes for a while: after so many failed tries that somebody is guessing.

Who guesses must be slowed, and must not be able to keep the owner out by it. So tries are counted by account *and*
place, and a device on which the owner signed in before counts for itself alone: whatever others do, it stays open.
Guessers who come from many places meet a count of the account over all of them, which closes new devices only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failed tries close sign-in, until the oldest of them is `minutes` old, or `account_minutes`."""

    here: int = 5
    """on one account from one network"""
    network: int = 30
    """from one network, on whatever accounts"""
    account: int = 20
    """on one account from all networks together"""
    device: int = 10
    """on a device that is known for the account"""
    minutes: int = 15
    account_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Origin:
    """From where a try comes: its network, and the device where it is one that is known for the account."""

    network: str
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """A try on the account, as it was counted."""

    at: datetime
    origin: Origin
    succeeded: bool = False


def closed_until(
    now: datetime, origin: Origin, of_account: Sequence[Try], of_network: Iterable[datetime], limits: Limits
) -> datetime | None:
    """The instant when sign-in opens again for this account from here, or None when it is open.

    `of_account` are the account's tries within `account_minutes`, in any order; `of_network` the failures from this
    network, on whatever accounts, of devices that were not known for theirs.
    """
    span, hour = timedelta(minutes=limits.minutes), timedelta(minutes=limits.account_minutes)
    if origin.device is not None:
        own = [one for one in of_account if one.origin.device == origin.device]
        return _full(_unforgiven(own), limits.device, span, now)
    strange = [one for one in of_account if one.origin.device is None]
    here = [one for one in strange if one.origin.network == origin.network]
    ends = (
        _full(_unforgiven(here), limits.here, span, now),
        _full(of_network, limits.network, span, now),
        _full((one.at for one in strange if not one.succeeded), limits.account, hour, now),
    )
    return max((end for end in ends if end is not None), default=None)


def _unforgiven(tries: Sequence[Try]) -> list[datetime]:
    """The failures since the last success: who came in knows the password."""
    success = max((one.at for one in tries if one.succeeded), default=None)
    return [one.at for one in tries if not one.succeeded and (success is None or one.at > success)]


def _full(failures: Iterable[datetime], limit: int, span: timedelta, now: datetime) -> datetime | None:
    recent = sorted(at for at in failures if at > now - span)
    return recent[-limit] + span if len(recent) >= limit else None
