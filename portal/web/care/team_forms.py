"""Who is given a client, who stands in the turn, who is away."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField
from wtforms.validators import DataRequired, InputRequired, Length

from ...models import AwayWhy, Person
from ...services.care_team.rota import NewAbsence
from ..forms.fields import DayField, LineField
from ..lists.arguments import number_of
from .words import AWAY

_CHOOSE = InputRequired(_l("Choose somebody."))


def _choices(people: Iterable[Person], first: Any) -> list[SelectChoice]:
    return [SelectChoice("", first), *(SelectChoice(str(one.id), one.name) for one in people)]


class HandOutForm(FlaskForm):
    """To whom a client goes; to nobody by name: in turn."""

    to = SelectField(_l("To whom"), coerce=str)

    def offer(self, people: Iterable[Person]) -> None:
        """The people to choose from."""
        self.to.choices = _choices(people, _("In turn"))


class AssignForm(FlaskForm):
    """To whom a client goes from here, and why."""

    to = SelectField(_l("To whom"), [_CHOOSE], coerce=str)
    reason = LineField(
        _l("Reason"),
        [DataRequired(_l("Say why: who is given the client reads it.")), Length(max=200)],
    )

    def offer(self, people: Iterable[Person]) -> None:
        """The people to choose from."""
        self.to.choices = _choices(people, _("Choose"))


class StandForm(FlaskForm):
    """Who stands in the turn from now on."""

    person = SelectField(_l("Consultant"), [_CHOOSE], coerce=str)

    def __init__(self, *given: Any, **values: Any) -> None:
        super().__init__(*given, **values)
        for field in self:
            field.id = field.label.field_id = f"stand-{field.short_name}"

    def offer(self, people: Iterable[Person]) -> None:
        """The people to choose from."""
        self.person.choices = _choices(people, _("Choose"))


class AbsenceForm(FlaskForm):
    """Who is away, from when until when, why, and who covers."""

    away = SelectField(_l("Who is away"), [_CHOOSE], coerce=str)
    first_day = DayField(_l("From"), [DataRequired(_l("Choose a day."))])
    last_day = DayField(_l("Until"), [DataRequired(_l("Choose a day."))])
    why = SelectField(_l("Reason"), choices=[SelectChoice(str(one), AWAY[one]) for one in AwayWhy], coerce=str)
    cover = SelectField(_l("Who covers"), coerce=str)

    def offer(self, people: list[Person]) -> None:
        """The people to choose from."""
        self.away.choices = _choices(people, _("Choose"))
        self.cover.choices = _choices(people, _("Nobody"))

    @property
    def wanted(self) -> NewAbsence:
        """What was entered."""
        return NewAbsence(
            person_id=number_of(self.away.data) or 0,
            first_day=self.first_day.data,
            last_day=self.last_day.data,
            why=AwayWhy(self.why.data),
            cover_id=number_of(self.cover.data),
        )
