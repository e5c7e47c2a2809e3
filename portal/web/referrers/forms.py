"""Forms about referrers: who joins, and whose code is taken back."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from ...models import PERSONS
from ...services.leads.care import NewNote
from ..forms.fields import DayField, LineField
from ..words.rewards import AUDIENCES


class NewReferrerForm(FlaskForm):
    """Who joins as a referrer."""

    name = LineField(
        _l("Name"), [DataRequired(_l("Enter the name.")), Length(max=40, message=_l("At most 40 characters."))]
    )
    phone = StringField(_l("Phone"), [DataRequired(_l("Enter the phone number."))])
    audience = RadioField(
        _l("Kind of referrer"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(audience.value, AUDIENCES[audience]) for audience in PERSONS],
    )
    development_id = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    home = StringField(_l("House number"), [Length(max=40, message=_l("At most 40 characters."))])


class RevokeForm(FlaskForm):
    """Why a code is taken back; its owner reads it."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why. The referrer reads it.")), Length(max=500, message=_l("At most 500 characters."))],
    )


class LeadNoteForm(FlaskForm):
    """What was said with a friend, and what comes next."""

    text = TextAreaField(_l("What was said"), [Length(max=1000, message=_l("At most 1,000 characters."))])
    over = BooleanField(_l("The next step so far is done"))
    step = LineField(_l("Next step"), [Length(max=80, message=_l("At most 80 characters."))])
    step_by = SelectField(_l("Who does it"), coerce=int)
    due_on = DayField(_l("By when"), [Optional()])

    @property
    def wanted(self) -> NewNote:
        """What was entered."""
        return NewNote(
            text=self.text.data or "",
            step=self.step.data or "",
            step_by=self.step_by.data,
            due_on=self.due_on.data,
            over=self.over.data,
        )
