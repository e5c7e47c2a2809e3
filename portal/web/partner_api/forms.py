"""Forms of API keys."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectChoice, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from ...rules.partner_api.keys import MOST_DAYS, NAME_LENGTH, Mode
from ..forms.fields import LineField
from ..words.partner_api import MODES, SCOPES


class VersionForm(FlaskForm):
    """In which version a key is answered."""

    version = RadioField(_l("Answered in version"), [InputRequired(_l("Choose one of these."))])


class KeyForm(FlaskForm):
    """A new key of the own agency."""

    name = LineField(_l("Name of the key"), [DataRequired(_l("Enter the name.")), Length(max=NAME_LENGTH)])
    mode = RadioField(
        _l("What it works on"),
        [InputRequired(_l("Choose one of these."))],
        choices=[SelectChoice(mode.value, words) for mode, words in MODES.items()],
        default=Mode.TEST.value,
    )
    scopes = SelectMultipleField(
        _l("What it may do"), choices=[SelectChoice(scope.value, words) for scope, words in SCOPES.items()]
    )
    networks = TextAreaField(_l("Addresses it may call from"), [Optional(), Length(max=1000)])
    days = IntegerField(_l("Days until it ends"), [Optional(), NumberRange(1, MOST_DAYS)])
