"""Forms of many registrations at once: what was sent in a chat, and what was understood of it."""

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from commissions.refusal import Refusal

from ...models import Development
from ...rules.registrations.masks import is_masked, reads
from ...rules.registrations.pasted_lines import Draft, Missing
from ...rules.registrations.surnames import readings
from ...services import contacts
from ..components import day, dotted
from ..forms.rows import required
from ..messages import say
from ..slots.choosing import Openings, VisitFields, free_at

MOST = 30
"""Clients at once: a page that a person still reads."""

_LONGEST_TEXT = 6_000
_LONGEST_NAME = 60

ASKED: dict[Missing, Any] = {
    Missing.NAME: _l("Enter the client's name."),
    Missing.PHONE: _l("Enter the client's phone number."),
    Missing.FULL_PHONE: _l("Enter the number in full, or its first 3 and last 4 digits, such as 138****1234."),
    Missing.ONE_PHONE: _l("There are several numbers. Leave the one to register."),
    Missing.PLACE: _l("Choose a development."),
}
"""What is asked for where a line does not say it."""


def _number(typed: str | int | None) -> int | None:
    try:
        return int(typed or "")
    except ValueError:  # nothing that is offered
        return None


class PasteForm(FlaskForm):
    """What was sent, or a file of it; and the development of those lines that name none."""

    text = TextAreaField(
        _l("Clients, one a line"),
        [Length(max=_LONGEST_TEXT, message=_l("Use at most %(max)d characters."))],
    )
    file = FileField(_l("Or a file (XLSX or CSV)"), [Optional()])
    development = SelectField(_l("Development, where a line names none"), coerce=_number, validate_choice=False)


class DraftRow(VisitFields, Form):
    """A client as understood, to be corrected. Who is not ticked is not registered. `visit_said` is what the line says
    of a visit, `on` and `at` the same for the time that is offered."""

    text = HiddenField()
    visit_said = HiddenField()
    on = HiddenField()
    at = HiddenField()
    wanted = BooleanField(_l("Register this client"))
    name = StringField(_l("Client's name"), filters=[lambda text: " ".join((text or "").split())])
    phone = TelField(_l("Client's phone"))
    development = SelectField(_l("Development"), coerce=_number, validate_choice=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.name, self.phone, self.development)

    def offer(self, offered: Iterable[Development]) -> None:
        """Set what may be chosen; nothing is chosen by itself."""
        self.development.choices = [("", _l("Choose a development.")), *((place.id, place.name) for place in offered)]

    def offer_visit(self, openings: Openings, places: Iterable[Development], *, choose: bool) -> None:
        """Set which times of the day that was said the page offers, where the client comes to; `choose` the one that
        was said, if it is free."""
        place = next((one for one in places if one.id == self.development.data), None)
        on, at = _day(self.on.data), _clock(self.at.data)
        offers = openings.times(place, on) if place is not None and on is not None else []
        if choose and on is not None and at is not None:
            self.begins.data = free_at(offers, on, at)
        self.offer_times(offers, _("Do not book the visit"))

    def ask(self, missing: Iterable[Missing]) -> None:
        """Mark what the line does not say."""
        places = {Missing.NAME: self.name, Missing.PLACE: self.development}
        for one in missing:
            places.get(one, self.phone).errors = [ASKED[one]]

    def complete(self, offered: Iterable[Development]) -> bool:
        """Whether the client can be registered as it stands; what is wrong is said at its field."""
        typed = self.phone.data or ""
        missing = {
            Missing.NAME: not self.name.data,
            Missing.FULL_PHONE: is_masked(typed) and not reads(typed),
            Missing.ONE_PHONE: "/" in typed,
            Missing.PLACE: self.development.data not in {place.id for place in offered},
        }
        self.ask(one for one, asked in missing.items() if asked)
        if self.name.data and not (self.name.data.isprintable() and len(self.name.data) <= _LONGEST_NAME):
            self.name.errors = [_l("Enter the name in plain letters.")]
        try:
            if not is_masked(typed):
                contacts.parse_mobile(typed)
            elif self.name.data and not readings(self.name.data):
                raise Refusal("mask_needs_surname", field="name")
        except Refusal as refusal:
            self.phone.errors = self.phone.errors or [say(refusal)]
        sound = self.visit_complete()
        return sound and not (self.name.errors or self.phone.errors or self.development.errors)


class DraftsForm(FlaskForm):
    """All that was understood."""

    rows = FieldList(FormField(DraftRow), max_entries=MOST)

    @classmethod
    def of(cls, drafts: Sequence[Draft], offered: list[Development], default: int | None) -> "DraftsForm":
        """The form that shows what was understood, and asks for what is missing."""
        places = {place.name: place.id for place in offered}
        rows = [_shown(draft) | {"development": places.get(draft.place, default)} for draft in drafts]
        form = cls(formdata=None, data={"rows": rows})
        openings = Openings()
        for row, draft in zip(form.rows.entries, drafts, strict=True):
            row.form.offer(offered)
            row.form.offer_visit(openings, offered, choose=True)
            settled = {Missing.PLACE} if row.form.development.data else set()
            row.form.ask(one for one in draft.missing if one not in settled)
        return form

    def wanted(self) -> list[DraftRow]:
        """The rows that are ticked."""
        return [row.form for row in self.rows.entries if row.form.wanted.data]


def _shown(draft: Draft) -> dict[str, Any]:
    return {
        "text": draft.text,
        "visit_said": _visit(draft),
        "on": draft.on.isoformat() if draft.on else "",
        "at": f"{draft.at:%H:%M}" if draft.at else "",
        "visitors": draft.people or 1,
        "wanted": True,
        "name": draft.name,
        "phone": " / ".join(draft.phones or draft.masked),
    }


def _visit(draft: Draft) -> str:
    """When and with how many, in words."""
    people = ngettext("%(num)d person", "%(num)d people", draft.people) if draft.people else ""
    when = (day(draft.on) if draft.on else "", f"{draft.at:%H:%M}" if draft.at else "")
    return dotted(" ".join(filter(None, when)), people)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:  # none was said
        return None


def _clock(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text or "")
    except ValueError:  # none was said
        return None
