"""The only place that asks the time.

Services and rules are handed `now`; edges ask here once a request, once a job, once a command.
Instants are aware datetimes in UTC; calendar words mean Asia/Shanghai (rules, preamble).
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

YEARS = range(2000, 2101)
"""The years that the portal knows: past the calendar's edges a day has no start in UTC, or no day after it."""

Clock = Callable[[], datetime]

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def running() -> tuple[str, float]:
    """Which start of this machine it is ("" where that cannot be known), and for how many seconds it has been running,
    asleep or not. Nobody sets this clock."""
    return _boot(), time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@cache
def _boot() -> str:
    """No process outlives the start of the machine that it runs on."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def local_day(instant: datetime) -> date:
    """The calendar day of an instant in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI).date()


def month_of(instant: datetime) -> str:
    """The calendar month of an instant in Asia/Shanghai, as `2026-03`."""
    return f"{local_day(instant):%Y-%m}"


def day_start(day: date) -> datetime:
    """The first instant of a Shanghai day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def month_start(month: str) -> datetime:
    """The first instant of a month `2026-03`, in UTC. Raises ValueError for anything that is no month."""
    return day_start(date.fromisoformat(f"{month}-01"))


def month_end(month: str) -> datetime:
    """The first instant after a month `2026-03`, in UTC: intervals are half-open."""
    first = date.fromisoformat(f"{month}-01")
    return day_start(date(first.year + first.month // 12, first.month % 12 + 1, 1))
