"""Forms of a benefit: what was booked, and the decision over one whose rank was lost."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

_LONGEST_NOTE = 500


class BookingForm(FlaskForm):
    """What was booked, for whom and when."""

    booking = TextAreaField(_l("What is booked"), [DataRequired(_l("Say what is booked.")), Length(max=_LONGEST_NOTE)])


class DecisionForm(FlaskForm):
    """A booked benefit has lost its rank: it stands, or is charged back."""

    outcome = RadioField(
        _l("Decision"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice("stands", _l("Let it stand")), SelectChoice("charged", _l("Charge it back"))],
    )
    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Enter the reason.")), Length(max=_LONGEST_NOTE)])
