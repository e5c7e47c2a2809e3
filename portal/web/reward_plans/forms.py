"""Forms of reward plans: the text of a draft, sending one back, and the days a plan is tried on."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ..fields import InstantField


class RewardPlanForm(FlaskForm):
    """A plan's text, and who it is for: those who join from an instant on."""

    toml = TextAreaField(_l("Text of the plan"), [DataRequired(_l("Enter the plan.")), Length(max=20_000)])
    effective_from = InstantField(_l("For who joins from"), [InputRequired(_l("Choose a day."))])
    note = TextAreaField(_l("Note"), [Length(max=500)])


class RefuseForm(FlaskForm):
    """Sending a draft back needs a reason, which its proposer reads."""

    reason = TextAreaField(_l("What should be different?"), [DataRequired(_l("Say why.")), Length(max=500)])


class TryForm(FlaskForm):
    """Which plan, on which signings. A question, so it goes by GET."""

    class Meta(FlaskForm.Meta):
        csrf = False

    tried = SelectField(_l("Plan to try"), [InputRequired(_l("Choose a plan."))])
    since = DateField(_l("Signed from"), [InputRequired(_l("Enter a day."))])
    until = DateField(_l("Signed until"), [InputRequired(_l("Enter a day."))])
    development = SelectField(_l("Development"))
