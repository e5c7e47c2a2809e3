"""The form that registers a client: three answers, the phone first."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TelField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from ...clock import local_day
from ...models import Development
from ...rules.registrations.pasted import split_client
from ..edge import now
from ..slots.choosing import Openings, VisitFields, read_begins
from ..slots.words import day_word

_LONGEST_NAME = 60


def _number(typed: str | int | None) -> int | None:
    try:
        return int(typed or "")
    except ValueError:  # nothing that is offered
        return None


class DevelopmentField(SelectField):
    """Where the client comes to. What was chosen and is offered no more gives way to no other: nothing is chosen then.

    `known`: the places that may be sent all the same, for the service to say what is wrong with them.
    """

    data: Any
    choices: list[tuple[int | str, str]]
    known: frozenset[int] = frozenset()

    def offer(self, offered: Iterable[Development], known: Iterable[Development] = ()) -> None:
        """Set what the reader may choose from, after the form was read."""
        choices = {place.id: place.name for place in offered}
        self.choices = [*choices.items()]
        self.known = frozenset(choices.keys() | {place.id for place in known})
        if self.raw_data and self.data not in choices:
            self.choices.insert(0, ("", _l("Choose a development.")))

    def pre_validate(self, _form: FlaskForm) -> None:
        """Only what is known is sent on."""
        if self.data not in self.known:
            self.data = None
            raise ValidationError(_l("Choose a development."))


class ClientForm(FlaskForm):
    """A client's phone and name, and the development. Whether the phone is one is the service's to say."""

    phone = TelField(_l("Client's phone"), [DataRequired(_l("Enter the client's phone number."))])
    name = StringField(
        _l("Client's name"),
        [
            DataRequired(_l("Enter the client's name.")),
            Length(max=_LONGEST_NAME, message=_l("Use at most %(max)d characters.")),
        ],
        filters=[lambda text: " ".join((text or "").split())],
    )
    development = DevelopmentField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=_number)

    def process(self, *given: Any, **named: Any) -> None:
        """What was pasted into one field, name and number in a line, goes into both where the other is empty."""
        super().process(*given, **named)
        for full, empty in ((self.phone, self.name), (self.name, self.phone)):
            parts = split_client(full.data or "") if not (empty.data or "").strip() else None
            if parts is not None:
                self.phone.data, self.name.data = parts

    def validate_name(self, field: StringField) -> None:
        """A name is what people can read: no control characters, no line breaks."""
        if not (field.data and field.data.isprintable()):
            raise ValidationError(_l("Enter the name in plain letters."))


class RegistrationForm(VisitFields, ClientForm):
    """A client who is registered, and the visit, if it is booked with the registration."""

    day: Any = SelectField(_l("Day of the visit"), validate_choice=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """All is well, the visit too; where no day is chosen, none is wanted."""
        sound = super().validate(extra_validators)
        if not self.day.data:
            self.begins.data = ""
            return sound
        begins = read_begins(self.begins.data or "")
        if begins is None or local_day(begins).isoformat() != self.day.data:
            self.begins.errors = [_("Choose a time, or no visit yet.")]
            return False
        return self.visit_complete() and sound

    def offer_visit(self, openings: Openings, places: Iterable[Development]) -> None:
        """Set which days and times the page offers: those of the development that is chosen, else of the first."""
        found = {place.id: place for place in places}
        place = found.get(self.development.data) or next(iter(found.values()), None)
        days = {day.isoformat(): day for day in openings.days(place)} if place is not None else {}
        words = [(value, day_word(day, local_day(now()))) for value, day in days.items()]
        self.day.choices = [("", _("No visit yet")), *words] if words else []
        day: date | None = days.get(self.day.data or "")
        if day is None:
            self.day.data = ""
        times = openings.times(place, day) if place is not None and day is not None else []
        self.offer_times(times, _("Choose a time"))
