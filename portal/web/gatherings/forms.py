"""What is typed about gatherings, by those who hold them and by their guests."""

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectChoice, SelectField
from wtforms.validators import InputRequired, Length, NumberRange

from ...models import Development, Gathering
from ...rules.gatherings.gathering import MOST_PARTY, MOST_PLACES, GatheringKind, Times
from ...services.gatherings.gatherings import Wanted
from ..forms.fields import InBounds, InstantField, LineField, WholeField
from ..forms.public import PublicForm
from .words import KINDS

_FILL = InputRequired(_l("Please fill this in."))
_LATER = datetime(2000, 1, 1, tzinfo=UTC)


def _kinds() -> list[SelectChoice]:
    return [SelectChoice(str(code), word) for code, word in KINDS.items()]


class GatheringForm(FlaskForm):
    """A gathering as it is planned."""

    development = SelectField(_l("Development"), [_FILL], coerce=int)
    kind = SelectField(_l("Kind of gathering"), [_FILL], choices=_kinds)
    title = LineField(_l("Title"), [_FILL, Length(max=60)])
    place = LineField(_l("Where"), [_FILL, Length(max=80)])
    begins = InstantField(_l("Begins"), [_FILL])
    ends = InstantField(_l("Ends"), [_FILL])
    places = WholeField(_l("Places for people"), [_FILL, InBounds(1, MOST_PLACES)], default=40)
    with_gift = BooleanField(_l("Who comes gets the visit's gift"))

    def offer(self, developments: list[Development]) -> "GatheringForm":
        """The same with the developments to choose from."""
        self.development.choices = [SelectChoice(one.id, one.name) for one in developments]
        return self

    @staticmethod
    def opened_with(row: Gathering) -> dict[str, Any]:
        """The fields as the form opens."""
        return {
            "development": row.development_id,
            "kind": str(row.kind),
            "title": row.title,
            "place": row.place,
            "begins": row.begins_at,
            "ends": row.ends_at,
            "places": row.places,
            "with_gift": row.with_gift,
        }

    @property
    def wanted(self) -> Wanted:
        """What was filled in."""
        return Wanted(
            GatheringKind(self.kind.data),
            self.title.data or "",
            self.place.data or "",
            Times(self.begins.data or _LATER, self.ends.data or _LATER),
            self.places.data or 0,
            bool(self.with_gift.data),
        )


class CancelForm(FlaskForm):
    """Why a gathering is called off."""

    reason = LineField(_l("Reason"), [_FILL, Length(max=200)])


class InviteForm(FlaskForm):
    """Who is invited: the ticked ones of the preview."""


class AnswerForm(PublicForm):
    """Whether a guest comes, and with how many people."""

    party = IntegerField(
        _l("How many people come, you included"),
        [InputRequired(_l("Say how many people come.")), NumberRange(1, MOST_PARTY)],
        default=1,
    )
