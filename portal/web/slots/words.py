"""Days and times of visits as people say them: today, tomorrow, Thu 3 Dec."""

from datetime import date, timedelta

from flask_babel import format_date
from flask_babel import gettext as _

from ..components import language_tag


def day_word(day: date, today: date) -> str:
    """A day as a tab says it."""
    if day == today:
        return _("Today")
    if day == today + timedelta(days=1):
        return _("Tomorrow")
    return format_date(day, "M月d日 EEE" if language_tag().startswith("zh") else "EEE d MMM")
