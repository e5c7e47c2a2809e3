"""Proposing rules, and sending a proposal back."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ..forms.fields import DayField
from ..forms.profiles import ProfileFields


class ProposeForm(ProfileFields):
    """By which rules a development judges from a day on."""

    starts = DayField(_l("In force from"), [InputRequired(_l("Choose a day."))])
    note = TextAreaField(_l("Why"), [DataRequired(_l("Say why, so that who decides knows.")), Length(max=500)])
