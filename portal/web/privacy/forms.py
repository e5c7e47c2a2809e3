"""Forms of the privacy officer."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TelField
from wtforms.validators import InputRequired


class PhoneForm(FlaskForm):
    """Whose data: found by the full phone, and by nothing else."""

    phone = TelField(_l("Full phone number"), [InputRequired(_l("Enter the full number."))])
