"""Forms of an adjustment: the proposal, and the words with which it is turned down."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from ..forms.fields import YuanField

PLUS, MINUS = "plus", "minus"


class AdjustmentForm(FlaskForm):
    """Who gets how much more or less, why, and the proof."""

    payee = SelectField(_l("Payee"), [InputRequired(_l("Choose who is paid."))])
    direction = RadioField(
        _l("Direction"),
        [InputRequired(_l("Choose one of the two."))],
        choices=[
            SelectChoice(PLUS, _l("The payee gets this amount more")),
            SelectChoice(MINUS, _l("The payee gets this amount less")),
        ],
    )
    amount = YuanField(
        _l("Amount"),
        [InputRequired(_l("Enter an amount.")), NumberRange(min=1, message=_l("Enter an amount above zero."))],
    )
    reason = TextAreaField(
        _l("Reason"), [InputRequired(_l("Say why: the payee reads it on the statement.")), Length(max=500)]
    )
    attachment = FileField(_l("Attachment"), [FileRequired(_l("Attach the paper that proves it."))])

    @property
    def amount_fen(self) -> int:
        """The signed amount."""
        fen: int = self.amount.data
        return -fen if self.direction.data == MINUS else fen


class TurnDownForm(FlaskForm):
    """Who proposed it reads the words."""

    words = TextAreaField(_l("Reason"), [InputRequired(_l("Say what is wrong.")), Length(max=500)])
