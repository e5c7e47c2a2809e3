"""Forms of deals: the subscription, the next milestone, the cancellation."""

from collections.abc import Sequence
from hashlib import sha256

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ...models import MilestoneKind
from ..forms.fields import LineField, PastField, YuanField
from ..lists.arguments import chosen
from ..words.conflicts import KIN

_LONGEST_NOTE = 500


class DealForm(FlaskForm):
    """A subscription: whom we call back, what is bought, for how much, when."""

    development = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    phone = TelField(_l("Buyer's phone"), [DataRequired(_l("Enter the buyer's phone number."))])
    name = LineField(_l("Buyer's name"), [DataRequired(_l("Enter the buyer's name.")), Length(max=60)])
    unit = LineField(_l("Unit"), [DataRequired(_l("Enter the unit.")), Length(max=40)])
    price = YuanField(_l("Price"), [InputRequired(_l("Enter the price."))])  # before a programme's discount
    price_is_right = BooleanField(_l("I compared the price with the contract: it is right"))
    at = PastField(_l("Subscribed at"), [InputRequired(_l("Enter day and time."))])
    kin = SelectField(_l("A relative of the buyer was registered here"), default="")
    kin_phone = TelField(_l("The relative's phone"), [Length(max=24)])

    def offer(self, developments: Sequence[tuple[int, str]]) -> "DealForm":
        """Give the lists their choices."""
        self.development.choices = list(developments)
        self.kin.choices = [("", _("No, or not known")), *((one.value, label) for one, label in KIN.items())]
        return self


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


class PreviewedForm(FlaskForm):
    """A form that is sent twice: first to see what it would do, then, with nothing changed, to do it."""

    seen = HiddenField()

    def confirmed(self) -> bool:
        """Whether what is sent was seen."""
        return self.seen.data == self._typed()

    def remember(self) -> None:
        """What is shown now is what a second sending confirms."""
        self.seen.data = self._typed()

    def _typed(self) -> str:
        """All that was typed but the reason, which changes nothing."""
        apart = {"seen", "reason", "csrf_token"}
        typed = "\n".join(f"{field.name}={field.raw_data}" for field in self if field.name not in apart)
        return sha256(typed.encode()).hexdigest()


class CorrectionForm(PreviewedForm):
    """What finance corrects of a deal. The date stays empty where the deal is not signed."""

    price = YuanField(_l("Price"), [InputRequired(_l("Enter the price."))])
    price_is_right = BooleanField(_l("I compared the price with the contract: it is right"))
    signed_at = PastField(_l("Signed at"), [InputRequired(_l("Enter day and time."))])
    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Enter the reason.")), Length(max=_LONGEST_NOTE)])


class PlanCorrectionForm(PreviewedForm):
    """Which deals keep which version of their plan."""

    development = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    agency = SelectField(_l("Agency"), [InputRequired(_l("Choose an agency."))], coerce=int)
    window = StringField(_l("Window"), [DataRequired(_l("Enter the window.")), Length(max=10)])
    version = SelectField(_l("Version to keep"), [InputRequired(_l("Choose a version."))], coerce=int)
    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Enter the reason.")), Length(max=_LONGEST_NOTE)])


class CancelForm(FlaskForm):
    """A cancellation (退房) needs its reason."""

    at = PastField(_l("Cancelled at"), [InputRequired(_l("Enter day and time."))])
    note = TextAreaField(_l("Reason"), [DataRequired(_l("Enter the reason.")), Length(max=_LONGEST_NOTE)])
