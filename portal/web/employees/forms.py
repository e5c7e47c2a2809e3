"""Forms of employee checks: a reason, and a company's list."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length


class ReasonForm(FlaskForm):
    """Why a check is made by hand, or taken back."""

    reason = TextAreaField(
        _l("Reason"), [DataRequired(_l("Enter the reason.")), Length(max=500, message=_l("At most 500 characters."))]
    )


class EmployeeListForm(FlaskForm):
    """A company's list of employees."""

    file = FileField(_l("File (XLSX or CSV)"), [FileRequired(_l("Choose a file."))])


class ListSeenForm(FlaskForm):
    """The list that was looked at: its marks, sealed."""

    sealed = HiddenField()
