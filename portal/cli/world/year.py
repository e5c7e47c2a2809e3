"""The calendar of the demo's year: the twelve whole months before the instant it ends with, and the days between.

Everything that a visitor must find stands on a month counted back from the end, so that it is there whatever day and
hour the world is made: the month that ends with this very instant is a whole one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from commissions.calendar import add_months

from ...clock import day_start, local_day, month_of

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Year:
    """A year that ends with an instant, in the middle of a month or with its last moment."""

    ends: datetime

    @property
    def begins(self) -> datetime:
        """The first instant of the first whole month."""
        return day_start(self.day(MONTHS, 1))

    @property
    def months(self) -> list[str]:
        """The whole months, the oldest first; each is over when the year ends."""
        return [self.month(back) for back in range(MONTHS, 0, -1)]

    def month(self, back: int) -> str:
        """The month so many before that of the end: 1 is the last whole one."""
        return month_of(add_months(self.ends, -back))

    def day(self, back: int, number: int) -> date:
        """A day, up to the 28th, of the month so many before that of the end."""
        return local_day(add_months(self.ends, -back)).replace(day=number)

    def days_ago(self, days: int) -> date:
        """The day so many before that of the end."""
        return local_day(self.ends) - timedelta(days=days)
