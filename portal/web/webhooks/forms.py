"""Forms of webhooks."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from ...rules.partner_api.keys import NAME_LENGTH, Mode
from ...rules.webhooks.hearing import HEARD
from ...rules.webhooks.targets import LONGEST
from ...services.webhooks.endpoints import Wanted
from ..forms.fields import LineField
from .words import MODES

ALL, SOME = "all", "some"
_CHOOSE = InputRequired(_l("Choose one of these."))


class EndpointForm(FlaskForm):
    """An endpoint of the own agency, as it is to be."""

    name = LineField(_l("Name of the endpoint"), [DataRequired(_l("Enter the name.")), Length(max=NAME_LENGTH)])
    url = LineField(_l("Address"), [DataRequired(_l("Enter the address.")), Length(max=LONGEST)])
    hears = RadioField(
        _l("What it is told"),
        [_CHOOSE],
        choices=[
            SelectChoice(ALL, _l("Everything that concerns the agency, also what is added later")),
            SelectChoice(SOME, _l("Only the events that I tick")),
        ],
        default=ALL,
    )
    types = SelectMultipleField(_l("Events"), choices=[SelectChoice(kind, kind) for kind in HEARD])

    def wanted(self, *, loopback: bool) -> Wanted:
        """What was filled in."""
        chosen: Sequence[str] = self.types.data or []
        return Wanted(self.name.data, self.url.data, tuple(chosen), self.hears.data == ALL, loopback)


class NewEndpointForm(EndpointForm):
    """A new endpoint: whether it is told of what is real stays as it was made."""

    mode = RadioField(
        _l("What it works on"),
        [_CHOOSE],
        choices=[SelectChoice(mode.value, words) for mode, words in MODES.items()],
        default=Mode.LIVE.value,
    )


class SinceForm(FlaskForm):
    """From where on everything is sent again."""

    sequence = IntegerField(_l("From number"), [InputRequired(_l("Enter a number.")), NumberRange(1, 2**53)])
