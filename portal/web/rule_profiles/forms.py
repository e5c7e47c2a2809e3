"""Proposing rules, and sending a proposal back."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ..forms.fields import DayField
from ..forms.profiles import ProfileFields

_LONGEST = 10_000


class ProposeForm(ProfileFields):
    """By which rules a development judges from a day on."""

    starts = DayField(_l("In force from"), [InputRequired(_l("Choose a day."))])
    note = TextAreaField(_l("Why"), [DataRequired(_l("Say why, so that who decides knows.")), Length(max=500)])


class FileForm(FlaskForm):
    """A text to open the form with."""

    toml = TextAreaField(_l("Rules as TOML"), [DataRequired(_l("Paste the text.")), Length(max=_LONGEST)])
