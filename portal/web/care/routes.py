"""The day of who cares for clients, and opening files."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...models import CareFile, Person, Role
from ...services.care import day, texts
from ...services.care_team import hand_out
from ...services.not_bought import answers
from ...services.partners import partners
from ..edge import actor, db, form_page, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from . import words
from .forms import NewFileForm

bp = Blueprint("care", __name__, url_prefix="/care")

FEW = 3
"""Visits that wait for a reason: so many stand on the day's page, the others one tap away."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits that wait for a reason: the oldest ones, their clients' names by file, and how many there are."""

    first: list[tuple[date, CareFile]]
    names: Mapping[int, str]
    count: int


@bp.get("")
@guard(Permission.CARE_FOR_CLIENTS)
def index() -> ResponseReturnValue:
    """What is owed to the clients in one's care; a channel manager looks at anybody's day."""
    leads = may(actor(), Permission.LEAD_CARE)
    carers = day.carers(db()) if leads else []
    person = _whose(carers) if leads else db().get_one(Person, actor().id)
    his = day.of_person(db(), now(), person) if person is not None else None
    return render_template(
        "care/index.html",
        person=person,
        carers=carers,
        day=his,
        visits=_to_say(person, his.files) if person is not None and his is not None else None,
        unopened=hand_out.unopened(db(), actor()) if actor().role is Role.BROKER else 0,
        may_open=may(actor(), Permission.KEEP_CARE_FILES),
        mine=person is not None and person.id == actor().id,
        words=words,
    )


@bp.post("/open")
@guard(Permission.CARE_FOR_CLIENTS)
def open_registered() -> ResponseReturnValue:
    """A broker opens the files of the clients whom he registered, all at once."""
    count = hand_out.open_registered(db(), actor(), now())
    flash(ngettext("%(num)d file was opened.", "%(num)d files were opened.", count), "success")
    return redirect(url_for(".index"), 303)


@bp.route("/files/new", methods=["GET", "POST"])
@guard(Permission.KEEP_CARE_FILES)
def new() -> ResponseReturnValue:
    """Open the file of a client whom nobody brought; it is in the care of who opens it."""
    form = NewFileForm()
    form.development.offer(partners.open_developments(db()))
    if form.validate_on_submit():
        with refusing(form):
            known = {"name": form.name.data, "phone": form.phone.data}
            file = hand_out.open_own(db(), actor(), now(), form.development.data, **known)
            flash(_("The file is open."), "success")
            return redirect(url_for("care_files.show", file_id=file.id), 303)
    return form_page("care/new.html", form)


def _to_say(person: Person, files: Collection[int]) -> Visits:
    """The visits that wait for a reason, of the clients whose carer a person is."""
    waits = answers.all_to_say(db(), Actor.of(person), now(), files)
    rows = texts.files_by_id(db(), actor(), {key for _on, key in waits[:FEW]})
    shown = [(on, rows[key]) for on, key in waits[:FEW] if key in rows]
    return Visits(shown, texts.client_names(db(), list(rows.values())), len(waits))


def _whose(carers: list[Person]) -> Person | None:
    """Whose day a manager looks at: whom he chose, else his own if clients are in his care, else the first one's."""
    asked = number_of(request.args.get("person"))
    if asked is None:
        return carers[0] if carers else None
    return next((one for one in carers if one.id == asked), None) or abort(404)
