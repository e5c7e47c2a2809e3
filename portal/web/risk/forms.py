"""Forms of the risk desk."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ...models import Showing
from ..components import instant

LONGEST = 2000
LET_GO, STRIKE = "let_go", "strike"


class AskForm(FlaskForm):
    """What the partner is asked, and whether what is affected waits for the answer."""

    words = TextAreaField(_l("What you ask"), [DataRequired(_l("Say what you want to know.")), Length(max=LONGEST)])
    hold = BooleanField(_l("Hold what is affected until this is settled"))


class EndForm(FlaskForm):
    """How a flag ends, and why."""

    outcome = RadioField(_l("Decision"), [InputRequired(_l("Choose how it ends."))])
    showing = SelectField(_l("The fake visit"), coerce=int)
    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Say why.")), Length(max=LONGEST)])

    def offer(self, showings: Sequence[Showing]) -> "EndForm":
        """Offer a strike where there is a visit that it could be for."""
        ends = [SelectChoice(LET_GO, _("Let it go: nothing is wrong, or nothing can be shown"))]
        if showings:
            ends.append(SelectChoice(STRIKE, _("Confirm a visit as fake: the broker gets a strike, and may appeal")))
        self.outcome.choices = ends
        named = [SelectChoice(one.id, _named(one)) for one in showings]
        self.showing.choices = [SelectChoice(0, _("Choose a visit")), *named]
        return self


class AnswerForm(FlaskForm):
    """The partner's answer."""

    words = TextAreaField(_l("Your answer"), [DataRequired(_l("Write your answer.")), Length(max=LONGEST)])


def _named(showing: Showing) -> str:
    return " · ".join([_("Showing %(number)s", number=showing.id), instant(showing.at)])
