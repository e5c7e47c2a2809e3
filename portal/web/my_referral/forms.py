"""What a referrer chooses for himself."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, InputRequired


class ShownNameForm(FlaskForm):
    """How friends read who invites them; `MASKED`: masked."""

    MASKED = "*"

    shown_name = RadioField(_l("Friends read"), [InputRequired(_l("Choose one."))], validate_choice=False)


class VanityForm(FlaskForm):
    """A code of one's own."""

    code = StringField(_l("Your own code"), [DataRequired(_l("Enter the code that you would like."))])
