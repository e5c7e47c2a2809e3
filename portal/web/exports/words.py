"""What a regular export is called: how often it comes, where it stands, why none does, how large a file is."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale, gettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...models import ExportRun, ExportSchedule
from ...rules.exports.rhythm import LAST_DAY, Every, Rhythm
from ...services.notifications.words.exports import ENDED, FAILED
from ..components import number

_MONDAY = date(2026, 1, 5)

EVERY: Mapping[Every, Any] = {
    Every.DAY: _l("Every day"),
    Every.WEEK: _l("Every week"),
    Every.MONTH: _l("Every month"),
}


def rhythm_words(rhythm: Rhythm) -> str:
    """How often and when, in a line."""
    at = f"{rhythm.hour:02}:00"
    if rhythm.weekday is not None:
        return _("Every week, %(day)s at %(at)s", day=weekday_word(rhythm.weekday), at=at)
    if rhythm.day is not None:
        return _("Every month, %(day)s at %(at)s", day=day_of_month(rhythm.day), at=at)
    return _("Every day at %(at)s", at=at)


def weekday_word(weekday: int) -> str:
    """A weekday's name; 0 is Monday."""
    return format_date(_MONDAY + timedelta(days=weekday), "EEEE", locale=get_locale())


def day_of_month(day: int) -> str:
    """A day of any month."""
    return _("on its last day") if day == LAST_DAY else _("on day %(number)d", number=day)


def state_of(row: ExportSchedule) -> str:
    """Where a schedule stands, as the table of states words it."""
    if row.ended_at is not None:
        return "ended"
    return "running" if row.paused_at is None else "paused"


def why_ended(row: ExportSchedule) -> str | None:
    """Why it ended by itself; None where it did not."""
    found = ENDED.get(str(row.ended_why))
    return None if found is None else _("Why: %(why)s.", why=gettext(found))


def why_failed(row: ExportRun) -> str:
    """Why a file was not made."""
    return _("Why: %(why)s.", why=gettext(FAILED[str(row.why)]))


def size(count: int) -> str:
    """How large a file of so many bytes is, as people say it."""
    kilobytes = -(-count // 1000)
    return f"{number(kilobytes)} kB" if kilobytes < 1000 else f"{number(-(-kilobytes // 1000))} MB"
