"""Who takes it over, how much of it, and why."""

from enum import StrEnum
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import DataRequired, InputRequired, Length

from ...models import Person, Work
from ...services.hand_overs.handing import HandOverRequest
from ..forms.fields import LineField
from ..lists.arguments import number_of

_SHORT = Length(max=200, message=_l("At most 200 characters."))


def _person_number(value: object) -> int | None:
    """The id of a choice; None for that of nobody."""
    return number_of(str(value))


class Which(StrEnum):
    """How much of a kind: all that there is, also what the page does not show, or what is ticked."""

    ALL = "all"
    TICKED = "ticked"


class HandOverForm(FlaskForm):
    """One kind of work goes to one person."""

    to = SelectField(_l("Who takes it over"), [InputRequired(_l("Choose who takes it over."))], coerce=_person_number)
    which = RadioField(
        _l("How much of it"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice(Which.ALL.value, _l("All of it")),
            SelectChoice(Which.TICKED.value, _l("Only what I tick below")),
        ],
        default=Which.ALL.value,
    )
    reason = LineField(_l("Reason"), [DataRequired(_l("Say why: who takes it over reads it.")), _SHORT])

    def stand_apart(self, work: Work) -> None:
        """Give the fields ids of their own, where several of these forms stand on one page."""
        for field in self:
            field.id = field.label.field_id = f"{work}-{field.short_name}"

    def offer(self, people: list[Person]) -> None:
        """The people to choose from."""
        self.to.choices = [SelectChoice("", _("Choose")), *(SelectChoice(one.id, one.name) for one in people)]

    @property
    def ticked(self) -> list[int]:
        """What was ticked."""
        return [key for key in map(number_of, request.form.getlist("ids")) if key is not None]

    def validate(self, extra_validators: Any = None) -> bool:
        """Besides the fields: whoever wants only some ticks them."""
        if not super().validate(extra_validators):
            return False
        if self.which.data == Which.TICKED and not self.ticked:
            self.which.errors = [_("Tick at least one below.")]
            return False
        return True

    def wanted(self, work: Work, from_id: int) -> HandOverRequest:
        """What was entered."""
        ids = self.ticked if self.which.data == Which.TICKED else None
        return HandOverRequest(work, from_id, self.to.data, self.reason.data or "", ids)
