"""Forms of promises."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from ...rules.promises.promise import PromiseKind, Wanted
from ..forms.fields import DayField, LineField, YuanField
from ..words import promises as words

_KINDS = [SelectChoice(str(kind), word) for kind, word in words.KINDS.items()]


class PromiseForm(FlaskForm):
    """What is promised: what it is, its worth, until when, and the words that the client reads."""

    kind = RadioField(
        _l("What is promised"),
        [InputRequired(_l("Choose one."))],
        choices=_KINDS,
    )
    text = TextAreaField(_l("What you promise, in words"), [DataRequired(_l("Say what you promise.")), Length(max=500)])
    worth = YuanField(_l("What it is worth"), [InputRequired(_l("Enter the worth."))])
    months = IntegerField(_l("Months of property fee"), [Optional()])
    item = LineField(_l("What the gift is"), [Length(max=40)])
    due_on = DayField(_l("To be kept by"), [InputRequired(_l("Choose a day."))])

    @property
    def wanted(self) -> Wanted:
        """What was filled in."""
        return Wanted(
            kind=PromiseKind(self.kind.data),
            worth_fen=self.worth.data or 0,
            months=self.months.data,
            item=self.item.data or "",
            due_on=self.due_on.data,
        )


class NoteForm(FlaskForm):
    """How a promise was kept."""

    note = LineField(_l("How it was kept"), [Length(max=300)])


class WithdrawForm(FlaskForm):
    """Why a promise is withdrawn."""

    reason = LineField(_l("Why? The client reads it."), [DataRequired(_l("Say why.")), Length(max=300)])
