"""Forms of a client's file: needs, grade, days, tags, and giving a client up."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from ...rules.care.plan import MAD, Mark
from ...rules.care_files import needs as rule
from ...rules.care_files.needs import Needs, Purpose, Urgency
from ..forms.fields import DayField, InBounds, WholeField
from . import words

_TEXT = [Length(max=60, message=_l("Use at most %(max)d characters."))]
_LONG = [Length(max=rule.LONGEST, message=_l("Use at most %(max)d characters."))]
_TEN_THOUSAND = 10_000
_LIVES = range(1900, 2101)


def _whole(most: int) -> list[Any]:
    return [Optional(), InBounds(1, most, message=_l("Enter a whole number from %(min)s to %(max)s."))]


def _known(wording: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice("", _l("Not known")), *words.choices(wording)]


class NeedsForm(FlaskForm):
    """What the client looks for. Everything may stay empty."""

    district = StringField(_l("District"), _TEXT)
    rooms = WholeField(_l("Bedrooms"), _whole(rule.MOST_ROOMS))
    area_from = WholeField(_l("Area from"), _whole(rule.MOST_AREA))
    area_to = WholeField(_l("Area to"), _whole(rule.MOST_AREA))
    floor = StringField(_l("Floor"), _TEXT)
    direction = StringField(_l("Direction"), _TEXT)
    decoration = StringField(_l("Decoration"), _TEXT)
    budget = WholeField(_l("Budget, in 10,000 yuan"), _whole(rule.MOST_YUAN // _TEN_THOUSAND))
    down_payment = WholeField(_l("Down payment, in 10,000 yuan"), _whole(rule.MOST_YUAN // _TEN_THOUSAND))
    purpose = SelectField(_l("Purpose"), choices=_known(words.PURPOSES))
    urgency = SelectField(_l("How soon"), choices=_known(words.URGENCIES))
    family = StringField(_l("Family"), _TEXT)
    decision_makers = StringField(_l("Who decides"), _TEXT)
    agencies = StringField(_l("Other agencies asked"), _TEXT)
    competitors = StringField(_l("Other developments looked at"), _TEXT)
    words = TextAreaField(_l("In the client's words"), _LONG)
    shown_to_other = BooleanField(_l("The other side may read this"))

    @classmethod
    def of(cls, needs: Needs, *, shown_to_other: bool) -> "NeedsForm":
        """The form as it opens: with what is known."""
        known = needs.stored() | {"shown_to_other": shown_to_other}
        for name in ("budget", "down_payment"):
            if name in known:
                known[name] = known[name] // _TEN_THOUSAND
        return cls(data=known)

    def needs(self) -> Needs:
        """What was typed. Raises the Refusals of `Needs`."""
        texts = ("district", "floor", "direction", "decoration", "family", "decision_makers", "agencies", "competitors")
        typed: dict[str, Any] = {name: " ".join((self[name].data or "").split()) for name in texts}
        typed |= {name: self[name].data or None for name in ("rooms", "area_from", "area_to")}
        typed |= {name: (self[name].data or 0) * _TEN_THOUSAND or None for name in ("budget", "down_payment")}
        return Needs(
            **typed,
            purpose=Purpose(self.purpose.data) if self.purpose.data else None,
            urgency=Urgency(self.urgency.data) if self.urgency.data else None,
            words=(self.words.data or "").strip(),
        )


class GradeForm(FlaskForm):
    """The grade, and the three marks with what each rests on."""

    grade = RadioField(
        _l("Grade"),
        [Optional()],
        choices=[SelectChoice("", _l("No grade yet")), *words.choices(words.GRADES)],
        default="",
    )
    money = BooleanField(_l("Money is known"))
    money_ground = StringField(_l("What that rests on: money"), _TEXT)
    authority = BooleanField(_l("Who decides is known"))
    authority_ground = StringField(_l("What that rests on: who decides"), _TEXT)
    desire = BooleanField(_l("What the client wants is known"))
    desire_ground = StringField(_l("What that rests on: what is wanted"), _TEXT)
    shown_to_other = BooleanField(_l("The other side may read this"))

    def marks(self) -> frozenset[Mark]:
        """The marks that are ticked."""
        return frozenset(mark for mark in MAD if self[mark.value].data)

    def grounds(self) -> dict[Mark, str]:
        """What each rests on, as typed."""
        return {mark: (self[f"{mark.value}_ground"].data or "").strip() for mark in MAD}


class LifeDayField(DayField):
    """A day in somebody's life, which may lie before the portal's years."""

    def process_formdata(self, valuelist: list[str]) -> None:
        DateField.process_formdata(self, valuelist)
        if self.data is not None and self.data.year not in _LIVES:
            self.data = None
            raise ValueError(_("Enter a year from %(first)s to %(last)s.", first=_LIVES[0], last=_LIVES[-1]))


class DayForm(FlaskForm):
    """A day that the client told."""

    kind = SelectField(_l("Which day"), [DataRequired()], choices=words.choices(words.DAYS))
    day = LifeDayField(_l("Day"), [Optional()])
    told = BooleanField(_l("The client told me this day himself"))


class TagForm(FlaskForm):
    """A tag for a file: a word of the vocabulary, or one's own."""

    word = StringField(_l("Tag"), [DataRequired(_l("Enter a word."))])


class LostForm(FlaskForm):
    """Why a client is given up as lost."""

    reason = RadioField(
        _l("Why"),
        [DataRequired(_l("Choose a reason."))],
        choices=words.choices(words.LOSSES),
    )
    note = TextAreaField(_l("What was said"), _LONG)
