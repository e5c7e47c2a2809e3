"""Forms of payments: a step with its reason, and the bank's answer."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length


class RejectForm(FlaskForm):
    """Who asked for the payout reads the reason."""

    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Say what is wrong.")), Length(max=500)])


class VoidForm(FlaskForm):
    """Why a payout is taken back; it stands among its steps."""

    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Say why it is taken back.")), Length(max=500)])


class ReleaseForm(FlaskForm):
    """Why a payout is paid although something is open; it stands on the payout for good."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why it may be paid all the same. Your name stands beside it.")), Length(max=500)],
    )


class DismissForm(FlaskForm):
    """Why a row of the bank's answer is not so."""

    reason = TextAreaField(
        _l("What the bank says instead"), [DataRequired(_l("Say what the bank told you, and when.")), Length(max=500)]
    )


class ResultForm(FlaskForm):
    """The bank's answer to a file."""

    file = FileField(_l("The bank's result file (CSV or XLSX)"), [FileRequired(_l("Choose the bank's file."))])
