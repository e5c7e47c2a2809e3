"""The question: which plan, on which deals."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired

from ...clock import day_start
from ...services.commission.what_if import Selection
from ..forms.fields import DayField
from ..lists.arguments import number_of

_DAY = timedelta(days=1)


class WhatIfForm(FlaskForm):
    """A plan to try, the days whose signings it is tried on, and what narrows them."""

    tried = SelectField(_l("Plan to try"), [InputRequired(_l("Choose a plan."))])
    since = DayField(_l("Signed from"), [InputRequired(_l("Enter a day."))])
    until = DayField(_l("Signed until"), [InputRequired(_l("Enter a day."))])
    kept = SelectField(_l("Deals that keep"))
    development = SelectField(_l("Development"))
    agency = SelectField(_l("Agency"))

    def selection(self) -> Selection:
        """What was chosen; days are Shanghai's, and the last one counts whole."""
        return Selection(
            since=day_start(self.since.data),
            until=day_start(self.until.data + _DAY),
            development_id=number_of(self.development.data),
            agency_id=number_of(self.agency.data),
            plan_name=self.kept.data or None,
        )


class CancellationForm(FlaskForm):
    """Only the word: the deal stands in the address."""
