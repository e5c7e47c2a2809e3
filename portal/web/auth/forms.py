"""Forms of the account."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired


class SignInForm(FlaskForm):
    """Phone and password."""

    phone = StringField(_l("Phone"), [InputRequired(_l("Enter your phone number."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])
