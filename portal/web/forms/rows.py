"""Forms of rows that come and go: one deed a button, with a script or without; what was typed in the others stays.

A row holds what was typed as texts; what they say is read by the row itself, which marks the fields that say nothing.
"""

from collections.abc import Callable
from typing import Any

from wtforms import Field, FieldList, Form, FormField

from commissions.money import format_fen
from commissions.refusal import Refusal

from ..lists.arguments import number_of
from .fields import narrow

DEEDS = ("add-", "remove-", "up-", "down-")
"""How the buttons' values begin. What follows is a list's name (`add-tiers`, `add-rungs-2-items`) or a row's
(`up-rungs-2`)."""


def change_rows(form: Form, action: str) -> None:
    """Add a row, take one away or move it by one, as the pressed button says."""
    deed, _dash, place = action.partition("-")
    if deed == "add":
        rows = _list(form, place)
        if rows is not None and (not rows.max_entries or len(rows) < rows.max_entries):
            rows.append_entry()
        return
    name, _dash, which = place.rpartition("-")
    rows, number = _list(form, name), number_of(which)
    if rows is None or number is None or number >= len(rows):
        return
    if deed == "remove":
        rows.pop_entry(number)
        if len(rows) < rows.min_entries:
            rows.append_entry()
    elif 0 <= (target := number + {"up": -1, "down": 1}[deed]) < len(rows):
        rows.insert_entry(target, rows.pop_entry(number).data)


def gather_faults(form: Form) -> None:
    """Tell the lists of a form what was marked in their rows after they were validated."""
    for field in form:
        if isinstance(field, FieldList):
            for row in field.entries:
                gather_faults(row.form)
            field.errors = [row.errors for row in field.entries if row.errors]


def required(*fields: Field) -> None:
    """Say so beside the fields. Whether they hold is decided where they are read, which has better words for it."""
    for field in fields:
        field.flags.required = True


def text_in(field: Field) -> str:
    """What was typed, without the spaces around it."""
    return str(field.data or "").strip()


def read(field: Field, reading: Callable[[str], int], said: Any) -> tuple[int | None, bool]:
    """What stands in a field, None where it is empty; and whether it could be read. Where not, `said` stands there."""
    text = text_in(field)
    if not text:
        return None, True
    try:
        return reading(narrow(text)), True
    except (Refusal, ValueError):
        field.errors = [said]
        return None, False


def whole(text: str) -> int:
    """A whole number as people type it. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)


def hundredths(number: int) -> str:
    """Fen as yuan, or basis points as percent, without zeros that say nothing: `10000`, `1.8`."""
    return format_fen(number).rstrip("0").removesuffix(".")


def _list(form: Form, place: str) -> FieldList | None:
    """The list with a name such as `rungs`, or `rungs-2-items`: one in a row of it. None where there is none."""
    name, _dash, inside = place.partition("-")
    if name not in form or not isinstance(form[name], FieldList):
        return None
    rows = form[name]
    if not inside:
        return rows
    which, _dash, name = inside.partition("-")
    number = number_of(which)
    if number is None or number >= len(rows) or not isinstance(rows[number], FormField):
        return None
    return _list(rows[number].form, name)
