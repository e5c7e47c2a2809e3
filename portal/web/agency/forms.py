"""Forms of the principal."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from ..forms.fields import LineField


class InviteBrokerForm(FlaskForm):
    """A new broker of the own agency."""

    name = LineField(_l("Name"), [DataRequired(_l("Enter the name.")), Length(max=60)])
    phone = StringField(_l("Phone"), [DataRequired(_l("Enter the phone number."))])
