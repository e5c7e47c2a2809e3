"""Forms of deals: the subscription, the next milestone, the cancellation."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ...models import MilestoneKind
from ..arguments import chosen
from ..fields import PastField, YuanField

_LONGEST_NOTE = 500


class DealForm(FlaskForm):
    """A subscription: whom we call back, what is bought, for how much, when."""

    development = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    phone = TelField(_l("Buyer's phone"), [DataRequired(_l("Enter the buyer's phone number."))])
    name = StringField(_l("Buyer's name"), [DataRequired(_l("Enter the buyer's name.")), Length(max=60)])
    unit = StringField(_l("Unit"), [DataRequired(_l("Enter the unit.")), Length(max=40)])
    price = YuanField(_l("Price"), [InputRequired(_l("Enter the price."))])
    at = PastField(_l("Subscribed at"), [InputRequired(_l("Enter day and time."))])


class MilestoneForm(FlaskForm):
    """The next milestone. It names the step, so that a page sent twice cannot record the one after it."""

    kind = HiddenField()
    at = PastField(_l("When"), [InputRequired(_l("Enter day and time."))])
    note = StringField(_l("Note"), [Length(max=_LONGEST_NOTE)])

    @property
    def milestone(self) -> MilestoneKind | None:
        """The step that the form records; None where it names none that a form may record."""
        kind = chosen(MilestoneKind, self.kind.data)
        return None if kind in {MilestoneKind.SUBSCRIBED, MilestoneKind.CANCELLED} else kind


class CancelForm(FlaskForm):
    """A cancellation (退房) needs its reason."""

    at = PastField(_l("Cancelled at"), [InputRequired(_l("Enter day and time."))])
    note = TextAreaField(_l("Reason"), [DataRequired(_l("Enter the reason.")), Length(max=_LONGEST_NOTE)])
