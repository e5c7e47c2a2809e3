"""Forms of an appeal."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from ...models import AppealOutcome


class AppealForm(FlaskForm):
    """The broker's words against a strike, and pictures that go with them."""

    words = TextAreaField(
        _l("What happened at the visit"),
        [InputRequired(_l("Say in your words what happened at the visit.")), Length(max=2000)],
    )
    pictures = MultipleFileField(_l("Pictures"))


class DecisionForm(FlaskForm):
    """What is decided of an appeal, and why."""

    outcome = RadioField(
        _l("Decision"),
        [InputRequired(_l("Choose one of the two."))],
        choices=[
            SelectChoice(AppealOutcome.ACCEPTED.value, _l("The broker is right: void the strike")),
            SelectChoice(AppealOutcome.REJECTED.value, _l("The strike stays")),
        ],
    )
    reason = TextAreaField(
        _l("Reason"), [InputRequired(_l("Say why, so that the broker understands.")), Length(max=2000)]
    )
