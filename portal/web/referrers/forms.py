"""Forms about referrers: who joins, and whose code is taken back."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ...models import PERSONS
from ..forms.fields import LineField
from ..words.rewards import AUDIENCES


class NewReferrerForm(FlaskForm):
    """Who joins as a referrer."""

    name = LineField(
        _l("Name"), [DataRequired(_l("Enter the name.")), Length(max=40, message=_l("At most 40 characters."))]
    )
    phone = StringField(_l("Phone"), [DataRequired(_l("Enter the phone number."))])
    audience = RadioField(
        _l("Kind of referrer"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(audience.value, AUDIENCES[audience]) for audience in PERSONS],
    )
    development_id = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    home = StringField(_l("House number"), [Length(max=40, message=_l("At most 40 characters."))])


class RevokeForm(FlaskForm):
    """Why a code is taken back; its owner reads it."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why. The referrer reads it.")), Length(max=500, message=_l("At most 500 characters."))],
    )
