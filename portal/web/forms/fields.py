"""Fields that people fill in as they think, and that hold what the portal keeps: yuan as fen, Shanghai as UTC."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from wtforms import DateField, DateTimeLocalField, IntegerField, StringField
from wtforms.validators import NumberRange, StopValidation
from wtforms.widgets import TextInput

from commissions.money import MOST_FEN, format_fen, parse_yuan
from commissions.refusal import Refusal
from referral.drawing.typeset import clean

from ...clock import SHANGHAI, YEARS
from ..edge import now
from ..messages import say


class InBounds(NumberRange):
    """A number within bounds, asked of a number alone: what could not be read as one says that, and nothing besides."""

    def __call__(self, form: Any, field: Any) -> None:
        if field.data is None and field.errors:
            raise StopValidation
        super().__call__(form, field)


class WholeField(IntegerField):
    """A whole number, typed into a plain field: one for numbers alone loses what is none."""

    widget = TextInput()


_MINUTES = "%Y-%m-%dT%H:%M"
_MINUTE = timedelta(minutes=1)


class DayField(DateField):
    """A day of YEARS. Every form's day is one, so that no service meets the calendar's edges."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = _in_years(self)


class InstantField(DateTimeLocalField):
    """Day and minute in Asia/Shanghai, in YEARS; `data` is the instant in UTC."""

    def __init__(self, label: Any = None, validators: Sequence[Any] | None = None, **given: Any) -> None:
        super().__init__(label, validators, format=_MINUTES, **given)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = _in_years(self)
        if self.data is not None:
            self.data = self.data.replace(tzinfo=SHANGHAI).astimezone(UTC)

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        instant: datetime | None = self.data
        return "" if instant is None else instant.astimezone(SHANGHAI).strftime(_MINUTES)


class PastField(InstantField):
    """The minute in which something happened, read as its last instant, or as now while it still runs.

    So what is recorded in the same minute as what came before it (a registration, then its deal) comes after it.
    """

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and self.data <= now():
            self.data = min(self.data + _MINUTE - timedelta.resolution, now())

    def typed_anew(self, before: datetime | None) -> bool:
        """Whether another minute was typed than the one that `before` is in: a field shows no seconds."""
        if before is None or self.data is None:
            return True
        return not timedelta(0) <= self.data - before.replace(second=0, microsecond=0) < _MINUTE


def narrow(text: str) -> str:
    """What was typed with a Chinese keyboard as a plain one writes it: `１２，０００．５` is `12,000.5`."""
    return unicodedata.normalize("NFKC", text).strip().lstrip("¥").strip()


class LineField(StringField):
    """One line of words that are shown to people.

    `data` is without breaks, controls and signs that nobody sees, and with letters in their plain form (NFKC), so that
    what looks alike is alike.
    """

    data: Any  # as of every field: what the validators of a form promise is not in its type

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = " ".join(clean(_plain_letters(valuelist[0])).split()) if valuelist else None


class PercentField(StringField):
    """A rate in percent as people type it; `data` is basis points."""

    data: Any  # as of every field: what the validators of a form promise is not in its type

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if _typed(self, valuelist):
            try:
                self.data = parse_yuan(narrow(valuelist[0]).removesuffix("%").strip())  # hundredths, either way
            except Refusal as refusal:
                raise ValueError(_("Enter a percentage, such as 1 or 1.5.")) from refusal

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_fen(self.data).removesuffix("0").removesuffix("0").removesuffix(".")


class YuanField(StringField):
    """An amount in yuan as people type it; `data` is fen."""

    data: Any  # as of every field: what the validators of a form promise is not in its type

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if _typed(self, valuelist):
            try:
                self.data = parse_yuan(narrow(valuelist[0]))
            except Refusal as refusal:
                raise ValueError(say(refusal)) from refusal
            if abs(self.data) > MOST_FEN:
                self.data = None
                raise ValueError(say(Refusal("amount_too_large", most_fen=MOST_FEN)))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_fen(self.data)


def _plain_letters(text: str) -> str:
    """Compatibility forms as their letters; full-width punctuation, which Chinese is written with, stays."""
    return "".join(
        unicodedata.normalize("NFKC", sign) if unicodedata.category(sign)[0] in "LN" else sign for sign in text
    )


def _typed(field: StringField, valuelist: list[str]) -> bool:
    """Whether anything was; blanks alone are nothing, also to the validators that ask for something."""
    if valuelist and not valuelist[0].strip():
        field.raw_data = []
    return bool(field.raw_data)


def _in_years(field: DateField) -> Any:
    """What was typed; None and ValueError for a year that the portal does not know."""
    typed: date | None = field.data
    if typed is None or typed.year in YEARS:
        return typed
    field.data = None
    raise ValueError(_("Enter a year from %(first)s to %(last)s.", first=YEARS[0], last=YEARS[-1]))
