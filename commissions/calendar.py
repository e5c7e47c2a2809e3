"""Calendar words (month, quarter, year, "one month later") as Asia/Shanghai understands them.

Instants are stored in UTC, but a deal signed at 00:30 on the 1st in Shanghai belongs to the new month
although UTC still has the old day. All intervals are half-open: the end is the first instant after.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from commissions.refusal import Refusal

# China has kept UTC+8 without summer time since 1992, and no deal here is older: a fixed offset needs
# no time zone database and is several times faster than one.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


class Window(StrEnum):
    """The span in which an agency's deals are counted together (计数周期, rules 5.2), the narrowest first: a wider one
    holds whole narrower ones."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    AGREEMENT = "agreement"

    @property
    def width(self) -> int:
        """Its place in the order: the wider, the higher."""
        return _WIDTHS[self]


_WIDTHS = {window: place for place, window in enumerate(Window)}


def widest(windows: Iterable[Window]) -> Window:
    """The one that holds all others; a month where there is none."""
    return max(windows, key=lambda window: window.width, default=Window.MONTH)


class Bounds(NamedTuple):
    """A half-open span of instants; None is open: an ``agreement`` has neither start nor end."""

    start: datetime | None
    end: datetime | None


def window_label(instant: datetime, window: Window) -> str:
    """The name of the window that holds ``instant``: ``2026-03``, ``2026-Q1``, ``2026``, ``agreement``."""
    local = _in_shanghai(instant)
    return _label(local.year, local.month, window)


def labeller(window: Window) -> Callable[[datetime], str]:
    """A `window_label` for many instants, most of which fall where the one before fell: it looks there first."""
    last = _NOWHERE

    def label_of(instant: datetime) -> str:
        nonlocal last
        if not last.start <= instant < last.end:
            last = _span(window_label(instant, window))
        return last.label

    return label_of


def window_bounds(label: str) -> Bounds:
    """The instants that a window label spans, Shanghai midnights.

    Raises Refusal ``bad_window`` when the label is none that `window_label` could have given.
    """
    if label == "agreement":
        return Bounds(None, None)
    try:
        start, months = _start_of(label)
        bounds = Bounds(start, add_months(start, months))
    except ValueError:
        raise Refusal("bad_window", label=label) from None
    if label not in {window_label(start, window) for window in Window}:
        raise Refusal("bad_window", label=label)
    return bounds


@lru_cache(maxsize=1024)
def labels_ending_with(month: str) -> tuple[str, ...]:
    """The windows that end when a month does, so that closing it seals them: itself, its quarter, its year.

    ``2026-03`` ends ``2026-Q1`` too, ``2026-12`` also ``2026-Q4`` and ``2026``. An ``agreement`` has no end; finance
    seals it by hand. Raises Refusal ``bad_window`` when the label is not a month's.
    """
    bounds = window_bounds(month)
    if bounds.start is None or window_label(bounds.start, Window.MONTH) != month:
        raise Refusal("bad_window", label=month)
    wider = (window_label(bounds.start, window) for window in (Window.QUARTER, Window.YEAR))
    return (month, *(label for label in wider if window_bounds(label).end == bounds.end))


def add_months(instant: datetime, months: int) -> datetime:
    """The same day and time ``months`` later in Shanghai, clamped to the month's last day.

    One month after 31 January is 28 (or 29) February. The answer is in Shanghai time.
    """
    local = _in_shanghai(instant)
    years, month_index = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month_index + 1
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day)


class _Span(NamedTuple):
    label: str
    start: datetime
    end: datetime


_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_NOWHERE = _Span("", _LATEST, _LATEST)


@lru_cache(maxsize=4096)
def _span(label: str) -> _Span:
    """The bounds of a window in UTC, as facts come: instants of one zone are compared several times faster."""
    start, end = window_bounds(label)
    return _Span(label, start.astimezone(UTC) if start else _EARLIEST, end.astimezone(UTC) if end else _LATEST)


@lru_cache(maxsize=4096)  # a million deals fall into a few hundred windows
def _label(year: int, month: int, window: Window) -> str:
    if window is Window.AGREEMENT:
        return "agreement"
    if window is Window.MONTH:
        return f"{year:04d}-{month:02d}"
    if window is Window.QUARTER:
        return f"{year:04d}-Q{(month + 2) // 3}"
    return f"{year:04d}"


def _start_of(label: str) -> tuple[datetime, int]:
    year, _, rest = label.partition("-")
    if not rest:
        return datetime(int(year), 1, 1, tzinfo=SHANGHAI), 12
    if rest.startswith("Q"):
        return datetime(int(year), int(rest[1:]) * 3 - 2, 1, tzinfo=SHANGHAI), 3
    return datetime(int(year), int(rest), 1, tzinfo=SHANGHAI), 1


def _in_shanghai(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs its offset from UTC: {instant.isoformat()}")
    return instant.astimezone(SHANGHAI)
