"""Lists of clients that a carer brings in: read first and told row by row, taken when he says so."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy.orm import joinedload
from wtforms import HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from ...access.permissions import Permission
from ...access.policy import may
from ...models import CareImport, Development, Person
from ...rules.care_files.address_book import Entry
from ...rules.care_files.importing import TAKEN, Source
from ...services.care_files import lists_in
from ...services.care_files.lists_in import Line, Origin
from ...services.registrations import lists as registrations
from ..edge import actor, db, form_page, load, now, refusing, without_transaction
from ..files.uploads import WORKBOOKS, take_in
from ..guard import guard
from ..lists.paging import page_of
from ..messages import say
from . import words

bp = Blueprint("care_lists", __name__, url_prefix="/care/lists")

_LONGEST_TEXT = 60_000
_SHOWN = 200
"""Rows that a page shows; the others are counted."""


class ListForm(FlaskForm):
    """What is brought in: pasted notes, or a spreadsheet."""

    development = SelectField(_l("Development"), coerce=int)
    carer = SelectField(_l("In whose care"), coerce=int)
    text = TextAreaField(
        _l("Clients out of your notes"), [Length(max=_LONGEST_TEXT, message=_l("Use at most %(max)d characters."))]
    )
    file = FileField(_l("Or a file (XLSX or CSV)"), [Optional()])


class TakeForm(FlaskForm):
    """The word to take a list that was looked at, and where its data comes from."""

    sealed = HiddenField()
    source = SelectField(_l("Where the data comes from"), choices=words.choices(words.SOURCES))
    consent = StringField(
        _l("How these people agreed that we keep it"), [DataRequired(_l("Say how they agreed.")), Length(max=300)]
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A list as its page shows it."""

    lines: list[Line]
    counts: Any
    takes: int

    @classmethod
    def of(cls, lines: list[Line]) -> "Shown":
        rows = [line.row for line in lines]
        counts = [(row, rows.count(row)) for row in words.ROWS if row in rows]
        return cls(lines[:_SHOWN], counts, sum(1 for row in rows if row in TAKEN))


@bp.get("")
@guard(Permission.CARE_FOR_CLIENTS)
def index() -> str:
    """The lists that were brought in, the newest first."""
    stmt = lists_in.taken(actor()).options(joinedload(CareImport.development), joinedload(CareImport.by))
    page = page_of(db(), stmt, CareImport.id, request.args.get("after"))
    return render_template("care_files/lists.html", page=page, words=words)


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def new() -> ResponseReturnValue:
    """Paste notes, or choose a file; each row is told before anything is taken."""
    form = _form()
    entries = _entries(form) if form.validate_on_submit() else None
    if entries:
        return _seen(form.development.data, form.carer.data, entries, TakeForm(formdata=None))
    return form_page("care_files/list_new.html", form, most=lists_in.MOST)


@bp.post("/take")
@guard(Permission.CARE_FOR_CLIENTS)
def take() -> ResponseReturnValue:
    """Take the list that was looked at."""
    form = TakeForm()
    try_again = _form()
    with refusing(try_again):
        place_id, carer_id, entries = lists_in.unseal(db(), actor(), form.sealed.data or "")
        if not form.validate_on_submit():
            return _seen(place_id, carer_id, entries, form), 422
        place, carer = load(Development, place_id), _carer(carer_id)
        origin = Origin(Source(form.source.data), form.consent.data or "")
        row = lists_in.take(db(), actor(), now(), place, carer, entries, origin)
        new_ones = ngettext("%(num)d new client", "%(num)d new clients", row.made)
        added = ngettext("%(num)d file filled in", "%(num)d files filled in", row.added)
        flash(_("Taken: %(new)s, %(added)s.", new=new_ones, added=added), "success")
        return redirect(url_for("care_files.index"), 303)
    return form_page("care_files/list_new.html", try_again, most=lists_in.MOST)


def _entries(form: ListForm) -> list[Entry] | None:
    """What the list says, or None with the reason in the form."""
    if form.file.data:
        return take_in(form, WORKBOOKS, lambda: lists_in.open_sheet(form.file.data.read()))
    text = form.text.data or ""
    with without_transaction(form):
        return lists_in.open_text(text)
    return None


def _seen(place_id: int, carer_id: int, entries: list[Entry], form: TakeForm) -> str:
    place, carer = load(Development, place_id), _carer(carer_id)
    lines = lists_in.judge(db(), actor(), now(), place, carer, entries)
    form.sealed.data = lists_in.seal(db(), actor(), place.id, carer.id, entries)
    return render_template(
        "care_files/list_seen.html",
        form=form,
        place=place,
        carer=carer,
        seen=Shown.of(lines),
        more=max(len(lines) - _SHOWN, 0),
        words=words,
        say=say,
    )


def _form() -> ListForm:
    form = ListForm()
    places = registrations.developments(db(), actor())
    form.development.choices = [SelectChoice(place.id, place.name) for place in places]
    form.carer.choices = [SelectChoice(one.id, one.name) for one in _carers()]
    if form.carer.data is None and len(form.carer.choices) == 1:
        form.carer.data = form.carer.choices[0].value
    return form


def _carers() -> list[Person]:
    """Into whose care a list may go: one's own; of who leads, any consultant's."""
    if not may(actor(), Permission.LEAD_CARE):
        return [db().get_one(Person, actor().id)]
    return lists_in.consultants(db())


def _carer(person_id: int) -> Person:
    """The carer whom the list was looked at for; one's own where that may not be any more."""
    known = {one.id: one for one in _carers()}
    return known.get(person_id) or next(iter(known.values()))
