"""The form of a scheduled export: what file, how often and when, and which of its filters move along."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from ...adapters.sheets.formats import FORMATS
from ...models import ExportFormat, ExportSchedule
from ...rules.exports.moving import MOVING
from ...rules.exports.rhythm import LAST_DAY, Every, Rhythm
from ...services.exports.schedules import Asked
from .lists import MOVING_WORDS, when_word
from .words import EVERY, day_of_month, weekday_word

_CHOOSE = InputRequired(_l("Choose one."))


class ScheduleForm(FlaskForm):
    """What is exported when. Of a filter that can move the reader says whether it does."""

    format = RadioField(_l("File"), [_CHOOSE], choices=(), default=ExportFormat.XLSX.value)
    every = RadioField(_l("How often it comes"), [_CHOOSE], choices=(), default=Every.WEEK.value)
    weekday = SelectField(_l("On which weekday"), [_CHOOSE], choices=(), default="0")
    day = SelectField(_l("On which day of the month"), [_CHOOSE], choices=(), default="1")
    hour = SelectField(_l("At what time"), [_CHOOSE], choices=(), default="8")
    month = SelectField(_l("Of which month"), [_CHOOSE], choices=(), default="")
    on_day = SelectField(_l("Of which day"), [_CHOOSE], choices=(), default="")

    def offer(self, filters: dict[str, str]) -> None:
        """Offer what can be chosen. `filters`: those of the list as it is asked for."""
        self.format.choices = [SelectChoice(one, one.upper()) for one in FORMATS]
        self.every.choices = [SelectChoice(one.value, word) for one, word in EVERY.items()]
        self.weekday.choices = [SelectChoice(str(one), weekday_word(one)) for one in range(7)]
        days = [SelectChoice(str(one), day_of_month(one)) for one in (*range(1, 29), LAST_DAY)]
        self.day.choices = days
        self.hour.choices = [SelectChoice(str(one), f"{one:02}:00") for one in range(24)]
        for name, field in self._moving():
            if name not in filters:
                del self[field.short_name]
                continue
            own = filters[name]
            words = [SelectChoice(word.value, MOVING_WORDS[word]) for word in MOVING[name]]
            fixed = (
                []
                if own in MOVING[name]
                else [SelectChoice(own, _("always %(what)s", what=when_word(name, own) or own))]
            )
            field.choices = [*words, *fixed]

    def asked(self, filters: dict[str, str], locale: str) -> Asked:
        """What the fields say."""
        chosen = {name: field.data for name, field in self._moving() if name in filters}
        every = Every(self.every.data)
        rhythm = Rhythm.of(every, int(self.hour.data), int(self.weekday.data), int(self.day.data))
        return Asked(ExportFormat(self.format.data), locale, rhythm, filters | chosen)

    def _moving(self) -> Iterator[tuple[str, Any]]:
        for name, field in (("month", "month"), ("day", "on_day")):
            if field in self:
                yield name, self[field]


def opened_with(row: ExportSchedule) -> dict[str, str]:
    """A schedule as the fields show it."""
    rhythm, filters = row.rhythm, row.filters
    shown = {"format": row.format.value, "every": rhythm.every.value, "hour": str(rhythm.hour)}
    if rhythm.weekday is not None:
        shown["weekday"] = str(rhythm.weekday)
    if rhythm.day is not None:
        shown["day"] = str(rhythm.day)
    return shown | {"month": filters.get("month", ""), "on_day": filters.get("day", "")}
