"""Spans of days as people say them: `3 days`, `1-2 weeks`, `1 month`."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Self

_TEXT = re.compile(r"([1-9][0-9]{0,3})(?:-([1-9][0-9]{0,3}))? (day|week|month|year)s?")

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_ABOUT = {"day": 1.0, "week": 7.0, "month": 30.44, "year": 365.25}


@dataclass(frozen=True, slots=True)
class Span:
    """So many days, weeks, months or years; `least` where it is a range, of which the far end counts.

    A month is the calendar's: one month after 31 January is the last day of February.
    """

    most: int
    unit: str
    least: int | None = None

    @classmethod
    def read(cls, text: object) -> Self | None:
        """The span that a text says; None if it says none."""
        match = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last * _ABOUT[match[3]] > 3_660:
            return None
        return cls(last, match[3], first if match[2] else None)

    def __str__(self) -> str:
        count = f"{self.least}-{self.most}" if self.least is not None else str(self.most)
        return f"{count} {self.unit}{'' if count == '1' else 's'}"

    @property
    def about_days(self) -> float:
        """How long it is, to tell the denser of two."""
        return self.most * _ABOUT[self.unit]

    def after(self, day: int) -> int:
        """The day, as an ordinal, on which the span after a day is over."""
        if self.unit in _DAYS:
            return day + self.most * _DAYS[self.unit]
        return _months_after(day, self.most * _MONTHS[self.unit])


@lru_cache(maxsize=16_384)  # clients share the few thousand days of some years
def _months_after(day: int, months: int) -> int:
    start = date.fromordinal(day)
    years, month_index = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month_index + 1
    return date(year, month, min(start.day, monthrange(year, month)[1])).toordinal()
