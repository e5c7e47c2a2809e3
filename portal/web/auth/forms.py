"""Forms of the account."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired


class SignInForm(FlaskForm):
    """Phone and password."""

    phone = StringField(_l("Phone"), [DataRequired(_l("Enter your phone number."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class ForgottenForm(FlaskForm):
    """The phone of an account whose password is forgotten."""

    phone = StringField(_l("Phone"), [DataRequired(_l("Enter your phone number."))])


class ChoosePasswordForm(FlaskForm):
    """A password, typed twice: it cannot be seen while typing."""

    password = PasswordField(_l("New password"), [InputRequired(_l("Choose a password."))])
    again = PasswordField(
        _l("The same again"),
        [
            InputRequired(_l("Type the new password a second time.")),
            EqualTo("password", _l("This is not the same as above.")),
        ],
    )


class ChangePasswordForm(ChoosePasswordForm):
    """Another password; the present one proves that the phone was not just left lying about."""

    old = PasswordField(_l("Present password"), [InputRequired(_l("Enter your present password."))])
