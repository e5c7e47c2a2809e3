"""Forms of loans: how a home is paid for, a stage, a paper, a risk, the day of signing, the terms."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from ...models import BroughtBy, LoanRisk, LoanStepKind
from ..forms.fields import DayField, LineField, PercentField, YuanField
from ..words import loans as words

_FILL = InputRequired(_l("Please fill this in."))
_DAY = InputRequired(_l("Choose a day."))


def _choices(words: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(str(code), word) for code, word in words.items()]


class PartForm(FlaskForm):
    """One of several forms of a page: its fields are called by its name, so that no two are called alike."""

    name: ClassVar[str]

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            """The token alone is called as everywhere."""
            token = options["name"] == self.csrf_field_name
            return super().bind_field(form, unbound_field, {**options, "prefix": ""} if token else options)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, prefix=self.name, **given)
        if "csrf_token" in self:
            self.csrf_token.id = f"{self.name}-token"


class BeginForm(FlaskForm):
    """How a home is paid for. It names the loan that was on the page, so that a page sent twice changes nothing."""

    after = HiddenField()
    way = RadioField(
        _l("How is it paid for?"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice("loan", _l("With a loan")), SelectChoice("cash", _l("No loan needed"))],
        default="loan",
    )
    bank = SelectField(_l("Bank"), [Optional()], validate_choice=False)
    branch = LineField(_l("Branch"), [Length(max=80)])
    officer = LineField(_l("Whom to ask at the bank"), [Length(max=80)])
    amount = YuanField(_l("Amount"), [Optional()])
    rate = PercentField(_l("Interest rate"), [Optional()])


class StepForm(PartForm):
    """A stage, and the day on which it was reached."""

    name = "step"

    kind = SelectField(_l("Stage"), [InputRequired(_l("Choose one."))], choices=_choices(words.KINDS))
    on_day = DayField(_l("On which day"), [_DAY])
    note = LineField(_l("Note"), [Length(max=300)])

    @property
    def step(self) -> LoanStepKind:
        """The stage that was chosen."""
        return LoanStepKind(self.kind.data)


class CorrectionForm(FlaskForm):
    """The right day of a stage, or that it did not happen, and why."""

    on_day = DayField(_l("On which day it was"), [Optional()])
    note = LineField(_l("Why"), [DataRequired(_l("Say why.")), Length(max=300)])


class PaperForm(PartForm):
    """Who brought which paper, and when."""

    name = "paper"

    code = SelectField(_l("Paper"), [InputRequired(_l("Choose one."))])
    brought_by = SelectField(_l("Brought by"), [_FILL], choices=_choices(words.BROUGHT_BY))
    on_day = DayField(_l("On which day"), [_DAY])

    @property
    def by(self) -> BroughtBy:
        """Who brought it."""
        return BroughtBy(self.brought_by.data)


class RiskForm(PartForm):
    """What puts the signing at risk."""

    name = "risk"

    risk = SelectField(_l("Risk"), [_FILL], choices=_choices(words.RISKS))
    text = TextAreaField(_l("What is known"), [DataRequired(_l("Say what is known.")), Length(max=500)])

    @property
    def kind(self) -> LoanRisk:
        """Which it is."""
        return LoanRisk(self.risk.data)


class SigningForm(PartForm):
    """The day that was agreed for the contract."""

    name = "signing"

    on_day = DayField(_l("Agreed for"), [_DAY])


class CompensationForm(PartForm):
    """What the client reads of the compensation."""

    name = "compensation"

    text = TextAreaField(_l("What you promise, in words"), [DataRequired(_l("Say what you promise.")), Length(max=500)])


class TermsForm(FlaskForm):
    """Loan terms as fields, or as a text (`toml`), which goes before them."""

    development = SelectField(_l("For which development"), coerce=int)
    note = LineField(_l("Why they change"), [DataRequired(_l("Say why.")), Length(max=300)])
    banks = TextAreaField(_l("Banks and their usual days"), [Length(max=4000)])
    papers = TextAreaField(_l("Papers"), [Length(max=8000)])
    papers_days = IntegerField(_l("Papers complete, after the subscription"), [Optional()])
    sign_days = IntegerField(_l("Contract signed, after the subscription"), [Optional()])
    grace_days = IntegerField(_l("Compensation, later than the bank's usual days by more than"), [Optional()])
    compensation_months = IntegerField(_l("Months of property fee (0: none)"), [Optional()])
    compensation_yuan = IntegerField(_l("What they are worth"), [Optional()])
    keep_days = IntegerField(_l("To be kept within"), [Optional()])
    alone_yuan = IntegerField(_l("A promise of more takes two people"), [Optional()])
    remind_days = IntegerField(_l("Reminders, before a target"), [Optional()])
    toml = TextAreaField(_l("As a TOML text, instead of the fields"), [Length(max=20000)])

    @property
    def numbers(self) -> list[Any]:
        """The fields that are whole numbers."""
        return [field for field in self if isinstance(field, IntegerField)]
