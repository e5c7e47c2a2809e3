"""What a referrer chooses for himself."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired


class VanityForm(FlaskForm):
    """A code of one's own."""

    code = StringField(_l("Your own code"), [DataRequired(_l("Enter the code that you would like."))])
