"""Forms of the board: a month's figure, a file of them, and a version of targets and weights."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Form, FormField, HiddenField, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from ...rules.measures.board import COSTS, HIGH, LOW, Aim, Board, Measure
from ...rules.measures.board_toml import board_to_toml, read_target, target_text
from ...services.measures.entries import ELSEWHERE
from ..components import month as month_word
from ..forms.fields import LineField, YuanField
from ..forms.rows import required
from ..lists.arguments import number_of
from . import words

_FILL = InputRequired(_l("Please fill this in."))
_WHY = DataRequired(_l("Say why, so that who decides knows."))


class _OfMonth(FlaskForm):
    """Where, and for which month."""

    development = SelectField(_l("Development"), choices=(), default="")
    month = SelectField(_l("Month"), [InputRequired(_l("Choose a month."))], choices=())

    def choose_from(self, developments: Iterable[tuple[int, str]], months: Iterable[str]) -> None:
        """Offer these developments, beside all, and these months."""
        places = [SelectChoice(str(key), name) for key, name in developments]
        self.development.choices = [SelectChoice("", _("All developments together")), *places]
        self.month.choices = [SelectChoice(one, month_word(one)) for one in months]

    @property
    def development_id(self) -> int | None:
        """The one development, or all."""
        return number_of(self.development.data)


class WeChatForm(_OfMonth):
    """A month of the account."""

    part = IntegerField(_l("Who did something in the month"), [_FILL])
    whole = IntegerField(_l("Who follows the account"), [_FILL])
    reason = LineField(_l("Why it is corrected"), [Length(max=300)])

    measure = Measure.WECHAT


class OwnMediaForm(_OfMonth):
    """A month of own media."""

    part = YuanField(_l("What they cost in the month"), [_FILL])
    whole = IntegerField(_l("Leads that they brought"), [_FILL])
    reason = LineField(_l("Why it is corrected"), [Length(max=300)])

    measure = Measure.OWN_MEDIA


FORMS: Mapping[Measure, type[WeChatForm] | type[OwnMediaForm]] = {
    form.measure: form for form in (WeChatForm, OwnMediaForm)
}
assert set(FORMS) == set(ELSEWHERE)


class FileForm(FlaskForm):
    """A file of figures."""

    file = FileField(_l("File (XLSX or CSV)"), [FileRequired(_l("Choose a file."))])


class SeenForm(FlaskForm):
    """The file that was looked at, sealed, and why what stands is corrected."""

    sealed = HiddenField()
    reason = LineField(_l("Why what stands is corrected"), [Length(max=300)])


class AimRow(Form):
    """What one measure is held to."""

    target = StringField(_l("Target"))
    weight = IntegerField(_l("Weight of 100"))
    low = IntegerField(_l("No points below (percent of the target)"), default=LOW)
    high = IntegerField(_l("No more points beyond (percent of the target)"), default=HIGH)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.target, self.weight, self.low, self.high)

    def aim(self, measure: Measure) -> Aim | None:
        """The aim in the fields; None, with those marked that cannot be read."""
        target = read_target(measure, self.target.data or "")
        if target is None:
            self.target.errors = [_("Such as 500.") if measure in COSTS else _("Such as 20%.")]
        numbers = [field.data for field in (self.weight, self.low, self.high)]
        for field in (self.weight, self.low, self.high):
            if field.data is None:
                field.errors = [_("Enter a whole number.")]
        return Aim(target, *numbers) if target is not None and None not in numbers else None


class BoardForm(FlaskForm):
    """Targets, weights and edges from a month on: by fields, or as a text, which goes before them."""

    development = SelectField(_l("Where it holds"), choices=(), default="")
    month = SelectField(_l("From the month"), [InputRequired(_l("Choose a month."))], choices=())
    note = TextAreaField(_l("Why they change"), [_WHY, Length(max=300)])
    agencies = FormField(AimRow, words.NAMES[Measure.AGENCIES])
    referral = FormField(AimRow, words.NAMES[Measure.REFERRAL])
    wechat = FormField(AimRow, words.NAMES[Measure.WECHAT])
    own_media = FormField(AimRow, words.NAMES[Measure.OWN_MEDIA])
    toml = TextAreaField(_l("TOML text"), [Optional(), Length(max=20_000)])

    def choose_from(self, developments: Iterable[tuple[int, str]], months: Iterable[str]) -> None:
        """Offer these developments, beside all, and these months."""
        places = [SelectChoice(str(key), name) for key, name in developments]
        self.development.choices = [SelectChoice("", _("All that have no targets of their own")), *places]
        self.month.choices = [SelectChoice(one, month_word(one)) for one in months]

    @property
    def development_id(self) -> int | None:
        """The one development, or all."""
        return number_of(self.development.data)

    @property
    def rows(self) -> list[FormField]:
        """The fields of each measure."""
        return [self[str(measure)] for measure in Measure]

    def text(self) -> str | None:
        """The text that was given, or what the fields come to as one; None, with fields marked, where they say none."""
        if self.toml.data and self.toml.data.strip():
            return str(self.toml.data)
        aims = {measure: self[str(measure)].form.aim(measure) for measure in Measure}
        known = {measure: aim for measure, aim in aims.items() if aim is not None}
        return board_to_toml(Board(known)) if len(known) == len(Measure) else None


def opened_with(board: Board) -> dict[str, dict[str, Any]]:
    """A board as the fields show it."""
    return {
        str(measure): {
            "target": target_text(measure, aim.target),
            "weight": aim.weight,
            "low": aim.low,
            "high": aim.high,
        }
        for measure, aim in board.aims.items()
    }


class EndForm(FlaskForm):
    """A development follows the board for all again."""

    month = SelectField(_l("From the month"), [InputRequired(_l("Choose a month."))], choices=())
    note = TextAreaField(_l("Why they change"), [_WHY, Length(max=300)])
