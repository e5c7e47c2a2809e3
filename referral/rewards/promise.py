"""Which version of a reward plan a referrer is promised, and which one a friend's purchase is rewarded by (rules 7.3).

A version holds for one development, or for all. In a development with a plan of its own that one is in force, wherever
there is one by then; everywhere else the one for all. A referrer keeps what was in force on joining, until an offer is
accepted; a friend is rewarded by what held when the friend's number was left. So no later version, and no later
acceptance, changes what an earlier friend brings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of an audience's plan: its number, from when it is in force, and for which development
    (None: all). `offered_until`: by which instant who joined earlier may still take it (None: not offered)."""

    key: int
    number: int
    effective_from: datetime
    place: int | None = None
    offered_until: datetime | None = None


def in_force(versions: Iterable[Version], place: int | None, at: datetime) -> Version | None:
    """What who joins in a development at an instant is promised; in none: the version for all."""
    there = [one for one in _applying(versions, place) if one.effective_from <= at]
    own = [one for one in there if one.place is not None]
    return max(own or there, key=_order, default=None)


def on_joining(versions: Sequence[Version], place: int, joined_at: datetime) -> Version | None:
    """What was promised on joining: the version in force, or else the first that came after."""
    return in_force(versions, place, joined_at) or min(_applying(versions, place), key=_order, default=None)


def offer(
    versions: Sequence[Version], place: int, joined_at: datetime, current: int | None, now: datetime
) -> Version | None:
    """The version that a referrer may take instead of the `current` one: the one in force, where it is offered, is
    still to be had, and came after the referrer joined."""
    found = in_force(versions, place, now)
    if found is None or found.offered_until is None or found.key == current:
        return None
    return found if joined_at < found.effective_from and now < found.offered_until else None


@dataclass(frozen=True, slots=True)
class Promises:
    """What a referrer was promised on joining, and the versions that were accepted since, with the instants."""

    joined: int
    accepted: tuple[tuple[datetime, int], ...] = ()

    def at(self, instant: datetime) -> int:
        """The version by which a friend is rewarded whose number was left at an instant."""
        taken = [version for at, version in sorted(self.accepted) if at <= instant]
        return taken[-1] if taken else self.joined

    @property
    def now(self) -> int:
        """The version by which the next friend is rewarded."""
        return max(self.accepted)[1] if self.accepted else self.joined


def _applying(versions: Iterable[Version], place: int | None) -> list[Version]:
    return [one for one in versions if one.place is None or one.place == place]


def _order(version: Version) -> tuple[datetime, int]:
    return version.effective_from, version.number
