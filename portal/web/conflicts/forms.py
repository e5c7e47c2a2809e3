"""Forms of a conflict."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import Field, HiddenField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from commissions.money import WHOLE_BPS

from ...models import Registration
from ...rules.conflicts.conflict import Outcome
from ...rules.judgements.profile import MOST_PARTS
from ..components import instant
from ..forms.fields import PercentField
from ..words.conflicts import OUTCOMES

LONGEST = 2000

NOBODY, UNCHOSEN = 0, -1
"""Where a client moves to nobody, the developer's own; and that nothing was chosen yet."""


class ObjectionForm(FlaskForm):
    """The broker's words, and pictures that go with them."""

    words = TextAreaField(
        _l("Why the client is yours"),
        [DataRequired(_l("Say in your words why the client is yours.")), Length(max=LONGEST)],
    )
    pictures = MultipleFileField(_l("Pictures"))


class DoubtForm(FlaskForm):
    """What makes a manager doubt whose client it is."""

    words = TextAreaField(
        _l("What makes you doubt it"), [DataRequired(_l("Say what makes you doubt it.")), Length(max=LONGEST)]
    )


class SecondLookForm(FlaskForm):
    """Why another manager should look again."""

    words = TextAreaField(
        _l("What was overlooked"), [DataRequired(_l("Say what was overlooked.")), Length(max=LONGEST)]
    )


class SendBackForm(FlaskForm):
    """Why a proposed decision is sent back."""

    reason = TextAreaField(_l("What should be different?"), [DataRequired(_l("Say why.")), Length(max=LONGEST)])


class DecisionForm(FlaskForm):
    """What is decided of a case, whose the client becomes where it moves, who has how much where it is split, and why.

    `seen`: what it moves in commission, as the reader was shown it.
    """

    further: ClassVar = tuple((f"to_{number}", f"share_{number}") for number in range(3, MOST_PARTS + 1))
    """The fields of who else has a part, and of how much."""

    outcome = RadioField(_l("Decision"), [InputRequired(_l("Choose what is decided."))])
    to = SelectField(_l("The other broker"), coerce=int)
    share = PercentField(_l("The other's part of the deal"))
    to_3, to_4, to_5 = (SelectField(_l("Who else has a part"), coerce=int, default=UNCHOSEN) for _number in range(3))
    share_3, share_4, share_5 = (PercentField(_l("How much of the deal")) for _number in range(3))
    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Say why: both sides read it.")), Length(max=LONGEST)])
    seen = HiddenField()

    def offer(self, outcomes: Sequence[Outcome], candidates: Sequence[Registration], most_parts: int) -> "DecisionForm":
        """Offer what may be decided, to whom the client can go, and into how many parts the deal may be split."""
        self.offered = self.further[: max(0, most_parts - 2)]
        self.outcome.choices = [SelectChoice(one.value, str(OUTCOMES[one])) for one in outcomes]
        found = [SelectChoice(row.id, _named(row)) for row in candidates]
        first = SelectChoice(UNCHOSEN, _("Choose a broker"))
        self.to.choices = [first, *found, SelectChoice(NOBODY, _("Nobody's: the developer's own client"))]
        for other, _share in self.further:
            self[other].choices = [SelectChoice(UNCHOSEN, _("Nobody else")), *found]
        return self

    @property
    def others(self) -> list[tuple[int, int]]:
        """Who else has a part, by registration, and how much."""
        pairs = [(self[other].data, self[share].data) for other, share in self.offered]
        return [(other, share or 0) for other, share in pairs if other != UNCHOSEN]

    @property
    def rows(self) -> list[tuple[Field, Field]]:
        """The fields of further parts that are offered."""
        return [(self[other], self[share]) for other, share in self.offered]

    def validate_to(self, field: SelectField) -> None:
        """Whoever moves a client says to whom."""
        if self.outcome.data == Outcome.MOVE and field.data == UNCHOSEN:
            raise ValidationError(_("Choose whose the client becomes."))
        if self.outcome.data == Outcome.SPLIT and field.data in (UNCHOSEN, NOBODY):
            raise ValidationError(_("Choose who has a part of the deal."))

    def validate_share(self, field: PercentField) -> None:
        """Whoever splits a deal says how much of it the other gets."""
        if self.outcome.data == Outcome.SPLIT and (field.data is None or not 0 < field.data < WHOLE_BPS):
            raise ValidationError(_("Enter the other's part, more than 0 and less than 100, such as 40."))

    def validate(self, extra_validators: Mapping[str, Sequence[object]] | None = None) -> bool:
        """Whoever names one more says how much, and the other way round."""
        valid = bool(super().validate(extra_validators))
        if self.outcome.data != Outcome.SPLIT:
            return valid
        for other, share in self.rows:
            if (other.data == UNCHOSEN) != (share.data is None):
                said = _("Say both who else has a part, and how much.")
                other.errors, valid = [*other.errors, said], False
        return valid


def _named(row: Registration) -> str:
    return f"{row.agency.name} · {row.broker.name} · {instant(row.at)}"
