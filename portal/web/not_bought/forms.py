"""Saying why a client did not buy, and narrowing what is counted."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from ...models import NotBought
from ...rules.not_bought.reasons import Reason, Tried
from ...services.not_bought.answers import LONGEST_NOTE, Said
from ..forms.fields import DayField
from ..lists.arguments import chosen
from ..words.not_bought import REASONS, TRIED


def _reason(reason: Reason) -> BooleanField:
    return BooleanField(REASONS[reason])


def _tried() -> SelectField:
    choices = [SelectChoice(one.value, said) for one, said in TRIED.items()]
    return SelectField(_l("What was tried"), choices=choices, default=Tried.NOTHING.value)


class ReasonsForm(FlaskForm):
    """Why a visit was not followed by a subscription: one reason or several, and what was tried against each."""

    visit = DayField(_l("Visit of"), [InputRequired(_l("Choose a day."))])
    price = _reason(Reason.PRICE)
    price_tried = _tried()
    competitor = _reason(Reason.COMPETITOR)
    competitor_tried = _tried()
    hesitation = _reason(Reason.HESITATION)
    hesitation_tried = _tried()
    needs = _reason(Reason.NEEDS)
    needs_tried = _tried()
    other = _reason(Reason.OTHER)
    other_tried = _tried()
    note = TextAreaField(_l("Note"), [Length(max=LONGEST_NOTE)])

    @property
    def rows(self) -> list[tuple[Field, Field]]:
        """Each reason with what was tried against it."""
        return [(self[reason], self[f"{reason}_tried"]) for reason in Reason]

    def said(self) -> Said:
        """What was typed."""
        reasons = {
            reason: chosen(Tried, self[f"{reason}_tried"].data) or Tried.NOTHING
            for reason in Reason
            if self[reason].data
        }
        return Said(visit_on=self.visit.data, reasons=reasons, note=self.note.data or "")

    @classmethod
    def of(cls, row: NotBought, note: str) -> "ReasonsForm":
        """The form that shows an answer, to say it anew."""
        said: Mapping[str, Any] = {one.reason: True for one in row.reasons}
        tried = {f"{one.reason}_tried": one.tried.value for one in row.reasons}
        return cls(formdata=None, visit=row.visit_on, note=note, **said, **tried)
