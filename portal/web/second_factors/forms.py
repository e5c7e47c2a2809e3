"""Forms of a person's own second factors."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from ..auth.factor_forms import AnswerField


class AppForm(FlaskForm):
    """The first code of an app that shows codes."""

    name = StringField(_l("What you call it"), [InputRequired(_l("Give it a name, such as the phone's."))])
    code = StringField(_l("Six digits of the app"), [InputRequired(_l("Type the six digits that the app shows."))])
    secret = HiddenField()


class PasskeyForm(FlaskForm):
    """A passkey that the device makes."""

    name = StringField(_l("What you call it"), [InputRequired(_l("Give it a name, such as the phone's."))])
    passkey = AnswerField()


class NameForm(FlaskForm):
    """Another name of a factor."""

    name = StringField(_l("Name"), [InputRequired(_l("Give it a name, such as the phone's."))])
