"""Forms of who takes a number back. They work without a cookie, as all public pages of referral do."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired

from ..forms.public import PublicForm


class NumberForm(PublicForm):
    """Whose number it is."""

    phone = StringField(_l("Your phone number"), [DataRequired(_l("Enter your phone number."))])


class OptOutCodeForm(PublicForm):
    """The code out of the text."""

    code = StringField(_l("Code from the text"), [DataRequired(_l("Enter the six digits of the text."))])
