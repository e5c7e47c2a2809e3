"""The form that registers a client: three answers, the phone first."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TelField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from ...models import Development
from ...rules.registrations.pasted import split_client

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
