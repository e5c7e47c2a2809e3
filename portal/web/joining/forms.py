"""Forms of who joins. They work without a cookie, as all public pages of referral do."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from ..forms.fields import LineField
from ..forms.public import PublicForm


class NumberForm(PublicForm):
    """Whose number it is. `website` is for machines: people do not see it, and leave it empty."""

    phone = StringField(_l("Your phone number"), [DataRequired(_l("Enter your phone number."))])
    website = StringField(_l("Leave this field empty"))


class AgainForm(PublicForm):
    """One button: another code."""


class JoinForm(PublicForm):
    """The code, the name, and the terms."""

    code = StringField(_l("Code from the text"), [DataRequired(_l("Enter the six digits of the text."))])
    name = LineField(
        _l("Your real name"),
        [
            DataRequired(_l("Enter your name as on your identity card.")),
            Length(max=40, message=_l("At most 40 characters.")),
        ],
    )
    terms = BooleanField(
        _l("I have read the terms and agree"), [InputRequired(_l("Without your agreement you cannot take part."))]
    )
