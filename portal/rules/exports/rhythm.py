"""When a scheduled export is due: due = what the rhythm says by now, less what was made.

An hour is Shanghai's. Whatever was missed, because the worker stood still or the schedule was paused, is made once and
not so many times: only the latest due instant counts, and only where it lies behind the instant from which on the
schedule runs.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from ...clock import SHANGHAI, local_day

LAST_DAY = 31
"""As a day of the month: its last, however many it has."""

_DAY = timedelta(days=1)


class Every(StrEnum):
    """How often: each day, each week on a weekday, each month on a day."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and when. `weekday`: 0 is Monday; `day`: of a month, and of one that is shorter its last."""

    every: Every
    hour: int
    weekday: int | None = None
    day: int | None = None

    @classmethod
    def of(cls, every: Every, hour: int, weekday: int, day: int) -> "Rhythm":
        """The rhythm without what says nothing in it: a weekday counts each week alone, a day each month alone."""
        return cls(every, hour, weekday if every is Every.WEEK else None, day if every is Every.MONTH else None)


def due(rhythm: Rhythm, since: datetime, done: datetime | None, now: datetime) -> datetime | None:
    """The instant that an export is owed for by now; None where nothing is.

    `since`: from when on the schedule runs. `done`: the latest instant that an export was made for, or is being made.
    """
    latest = latest_due(rhythm, now)
    return latest if latest > since and (done is None or latest > done) else None


def next_due(rhythm: Rhythm, after: datetime) -> datetime:
    """The first instant behind this one at which an export is due."""
    day = local_day(after)
    while not (_is_on(rhythm, day) and _at(day, rhythm.hour) > after):
        day += _DAY
    return _at(day, rhythm.hour)


def latest_due(rhythm: Rhythm, now: datetime) -> datetime:
    """The last instant by now at which an export was due."""
    day = local_day(now)
    while not (_is_on(rhythm, day) and _at(day, rhythm.hour) <= now):
        day -= _DAY
    return _at(day, rhythm.hour)


def _is_on(rhythm: Rhythm, day: date) -> bool:
    if rhythm.weekday is not None:
        return day.weekday() == rhythm.weekday
    return rhythm.day is None or day.day == min(rhythm.day, monthrange(day.year, day.month)[1])


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI).astimezone(UTC)
