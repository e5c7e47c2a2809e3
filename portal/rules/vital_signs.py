"""Whether the portal lives: what should have happened lately, and what should not have waited for long.

Each sign is fine, late, or wrong. One that should come again and again is late after its time and wrong after twice
that, and so is what waits. An instant that is still to come proves nothing: a clock was ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

AHEAD = timedelta(minutes=5)
"""So far two hosts' clocks may be apart."""


class Level(StrEnum):
    """How a sign stands, from well to badly."""

    FINE = "fine"
    LATE = "late"
    WRONG = "wrong"


class Vital(StrEnum):
    """What is looked at."""

    WORKER = "worker"
    SWEEP = "sweep"
    MESSAGES = "messages"
    IMPORTS = "imports"
    CLOSES = "closes"
    LEDGER = "ledger"
    RETENTION = "retention"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class HealthLimits:
    """After how long each is late, from the settings."""

    health_worker_minutes: int = 3
    health_message_minutes: int = 10
    health_import_minutes: int = 60
    health_nightly_hours: int = 26
    health_backup_hours: int = 26
    """0: backups are made by other means, and not looked at"""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is known: when each ran last, since when something waits, and what was found not to hold."""

    ran: Mapping[Vital, datetime]
    waiting: Mapping[Vital, datetime]
    broken: frozenset[Vital] = frozenset()


@dataclass(frozen=True, slots=True)
class Sign:
    """How one of them stands. `at`: when it ran last, or since when something waits."""

    vital: Vital
    level: Level
    why: str
    """`ran`, `late`, `never`, `ahead`; `nothing`, `waits`; `broken`"""
    at: datetime | None = None

    def age(self, now: datetime) -> timedelta | None:
        """How long ago that was."""
        return None if self.at is None else now - self.at


def read(pulse: Pulse, now: datetime, limits: HealthLimits) -> list[Sign]:
    """How every sign stands, in the order of the list above."""
    again = {
        Vital.WORKER: timedelta(minutes=limits.health_worker_minutes),
        Vital.SWEEP: timedelta(minutes=limits.health_worker_minutes),
        Vital.LEDGER: timedelta(hours=limits.health_nightly_hours),
        Vital.RETENTION: timedelta(hours=limits.health_nightly_hours),
    }
    if limits.health_backup_hours:
        again[Vital.BACKUP] = timedelta(hours=limits.health_backup_hours)
    patience = {
        Vital.MESSAGES: timedelta(minutes=limits.health_message_minutes),
        Vital.IMPORTS: timedelta(minutes=limits.health_import_minutes),
        Vital.CLOSES: timedelta(minutes=limits.health_import_minutes),
    }
    signs = []
    for vital in Vital:
        if vital in pulse.broken:
            signs.append(Sign(vital, Level.WRONG, "broken", pulse.ran.get(vital) or pulse.waiting.get(vital)))
        elif vital in again:
            signs.append(_came(vital, pulse.ran.get(vital), now, again[vital]))
        elif vital in patience:
            signs.append(_waits(vital, pulse.waiting.get(vital), now, patience[vital]))
    return signs


def worst(signs: list[Sign]) -> Level:
    """How the whole stands."""
    order = list(Level)
    return max((one.level for one in signs), key=order.index, default=Level.FINE)


def _came(vital: Vital, at: datetime | None, now: datetime, limit: timedelta) -> Sign:
    """A thing that should come again and again. A worker that never came is not there; a night may still be to come."""
    if at is None:
        return Sign(vital, Level.WRONG if vital is Vital.WORKER else Level.LATE, "never")
    if at > now + AHEAD:
        return Sign(vital, Level.WRONG, "ahead", at)
    level = _level(now - at, limit)
    return Sign(vital, level, "ran" if level is Level.FINE else "late", at)


def _waits(vital: Vital, since: datetime | None, now: datetime, limit: timedelta) -> Sign:
    if since is None:
        return Sign(vital, Level.FINE, "nothing")
    return Sign(vital, _level(now - since, limit), "waits", since)


def _level(age: timedelta, limit: timedelta) -> Level:
    if age < limit:
        return Level.FINE
    return Level.LATE if age < 2 * limit else Level.WRONG
