"""Forms of invitations: a list of homeowners, and what an invited person answers."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import DataRequired, InputRequired, Length

from ..forms.fields import LineField
from ..forms.public import PublicForm


class HomeownerListForm(FlaskForm):
    """A list of homeowners, and where they live."""

    development_id = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    file = FileField(_l("File (XLSX or CSV)"), [FileRequired(_l("Choose a file."))])


class HomeownersSeenForm(FlaskForm):
    """The list that was looked at, sealed."""

    sealed = HiddenField()


class AnswerForm(PublicForm):
    """The name, and the terms."""

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
