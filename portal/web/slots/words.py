"""Days and times of visits as people say them: today, tomorrow, Thu 3 Dec, 14:00–15:00."""

from datetime import date, timedelta

from flask_babel import format_date
from flask_babel import gettext as _

from ...models import SlotBooking
from ..components import clock_time, instant, language_tag


def day_word(day: date, today: date) -> str:
    """A day as a tab says it."""
    if day == today:
        return _("Today")
    if day == today + timedelta(days=1):
        return _("Tomorrow")
    return format_date(day, "M月d日 EEE" if language_tag().startswith("zh") else "EEE d MMM")


def visit_time(booking: SlotBooking) -> str:
    """When a booked visit is."""
    return f"{instant(booking.begins_at)}–{clock_time(booking.ends_at)}"
