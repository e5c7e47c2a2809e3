"""Filters that move along: a list of one month or day is asked for by a word, which is another month each time."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from ...clock import local_day, month_of, month_start


class Moving(StrEnum):
    """What a filter says of when the export is due, instead of a month or a day of its own."""

    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    TODAY = "today"
    TOMORROW = "tomorrow"


MOVING: Mapping[str, tuple[Moving, ...]] = {
    "month": (Moving.LAST_MONTH, Moving.THIS_MONTH),
    "day": (Moving.TODAY, Moving.TOMORROW),
}
"""The filters that can move, by their names in addresses, each with its words."""


def moved(filters: Mapping[str, str], due: datetime) -> dict[str, str]:
    """The filters as an export due at that instant asks by."""
    return {name: _said(name, value, due) for name, value in filters.items()}


def _said(name: str, value: str, due: datetime) -> str:
    if value not in MOVING.get(name, ()):
        return value
    today = local_day(due)
    said: Mapping[str, date | str] = {
        Moving.THIS_MONTH: month_of(due),
        Moving.LAST_MONTH: month_of(month_start(month_of(due)) - timedelta.resolution),
        Moving.TODAY: today,
        Moving.TOMORROW: today + timedelta(days=1),
    }
    return str(said[value])
