"""The editor of the tax table: every fault is marked at its field."""

import re
from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from commissions.money import format_fen, parse_yuan
from commissions.refusal import Refusal
from commissions.withholding import Bracket, Table

from ..forms.fields import narrow
from ..messages import say

STEPS = 6
"""How many steps the editor offers; rows left empty do not count."""

_PLACE = re.compile(r"(?:brackets\[(\d+)\]\.)?(\w+)")
_FIELDS = {"small_up_to_fen": "small_up_to", "small_deduct_fen": "small_deduct", "deduct_bps": "deduct"}
_ROW_FIELDS = {"up_to_fen": "up_to", "rate_bps": "rate", "less_fen": "less"}


class StepRow(Form):
    """A step: taxable income up to a sum, at a rate, less a sum. The last one has no upper end."""

    up_to = StringField(_lp("tax table", "Up to"))
    rate = StringField(_l("Rate in percent"))
    less = StringField(_lp("tax table", "Less"))


class TableForm(FlaskForm):
    """The next tax table, in yuan and percent."""

    small_up_to = StringField(_l("A small month: up to"), [InputRequired(_l("Enter a sum."))])
    small_deduct = StringField(_l("Deducted from a small month"), [InputRequired(_l("Enter a sum."))])
    deduct = StringField(_l("Deducted from a larger month, in percent"), [InputRequired(_l("Enter a rate."))])
    brackets = FieldList(FormField(StepRow), min_entries=STEPS, max_entries=STEPS)
    month = SelectField(_l("For what is earned from"))
    note = TextAreaField(
        _l("Which rule this follows"),
        [DataRequired(_l("Name the rule, and who confirmed it.")), Length(max=500)],
    )

    @classmethod
    def of(cls, table: Table) -> "TableForm":
        """The form as it opens: with the table that is in force."""
        rows: list[dict[str, str]] = [
            {
                "up_to": "" if step.up_to_fen is None else format_fen(step.up_to_fen),
                "rate": format_fen(step.rate_bps),
                "less": format_fen(step.less_fen),
            }
            for step in table.brackets
        ]
        return cls(
            small_up_to=format_fen(table.small_up_to_fen),
            small_deduct=format_fen(table.small_deduct_fen),
            deduct=format_fen(table.deduct_bps),
            brackets=rows + [{"up_to": "", "rate": "", "less": ""}] * (STEPS - len(rows)),
        )

    def table(self) -> Table | None:
        """The table that was typed; None where it does not hold, with the first fault marked at its field."""
        rows = [row.form for row in self.brackets.entries if any(field.data.strip() for field in row.form)]
        small_up_to, small_deduct, deduct = (_read(self[name]) for name in _FIELDS.values())
        steps = tuple(Bracket(_read(row.up_to, None), _read(row.rate), _read(row.less, 0)) for row in rows)
        if not self._faulty():
            try:
                return Table(small_up_to, small_deduct, deduct, steps)
            except Refusal as refusal:
                self._mark(refusal, rows)
        self.brackets.errors = [row.form.errors for row in self.brackets.entries if row.form.errors]
        return None

    def _mark(self, refusal: Refusal, rows: list[Form]) -> None:
        match = _PLACE.fullmatch(str(refusal.facts["place"]))
        assert match is not None  # a table built from values names a field, or its brackets
        number, name = match.groups()
        if number is not None:
            field = rows[int(number) - 1][_ROW_FIELDS[name]]
        else:
            field = self[_FIELDS[name]] if name in _FIELDS else self.brackets.entries[0].form.up_to
        refusal.facts["place"] = field.label.text
        field.errors = [*field.errors, say(refusal)]

    def _faulty(self) -> list[Any]:
        own = [self[name] for name in _FIELDS.values()]
        return [field for field in [*own, *(f for row in self.brackets.entries for f in row.form)] if field.errors]


def _read(field: Any, empty: int | None = 0, read: Callable[[str], int] = parse_yuan) -> Any:
    """Yuan as fen, and percent as basis points: hundredths of what was typed either way."""
    typed = narrow(field.data or "").removesuffix("%").strip()
    if not typed:
        return empty
    try:
        return read(typed)
    except Refusal as refusal:
        field.errors = [*field.errors, say(refusal)]
        return empty
