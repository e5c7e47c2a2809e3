"""Who left work behind, and handing it over: all at once, or what is ticked."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from ...access.permissions import Permission
from ...access.scope import find
from ...models import Person, Registration, Role, Touch, Work
from ...services.hand_overs import handing, waiting
from ...services.registrations import lists as registration_list
from ...services.registrations.lists import RegistrationRow
from ..edge import actor, db, now, refusing
from ..guard import guard
from ..words.roles import role_word
from .forms import HandOverForm
from .words import TITLES, means, page_of_item

bp = Blueprint("hand_overs", __name__, url_prefix="/hand-overs")

MOST = 50
"""So many of a kind are shown; what is handed over makes room for the next."""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of a person's work, as the page shows it: how much there is, the first of it, and its form."""

    work: Work
    title: Any
    means: str
    count: int
    clients: list[RegistrationRow]
    items: list[waiting.Item]
    form: HandOverForm
    can_go: bool
    ticked: list[int]


@bp.get("")
@guard(Permission.HAND_OVER)
def index() -> ResponseReturnValue:
    """Whose work waits for a successor."""
    who, at = actor(), now()
    return render_template(
        "hand_overs/index.html",
        left=waiting.left_work(db(), who, at),
        unled=waiting.unled_agencies(db(), at) if who.staff else [],
        of_agency=who.role is Role.PRINCIPAL,
        titles=TITLES,
        role_word=role_word,
    )


@bp.get("/<int:person_id>")
@guard(Permission.HAND_OVER)
def show(person_id: int) -> ResponseReturnValue:
    """What one person has in hand, whether he has left or not."""
    return _page(_person(person_id))


@bp.post("/<int:person_id>/<any({}):work>".format(", ".join(Work)))
@guard(Permission.HAND_OVER)
def hand_over(person_id: int, work: str) -> ResponseReturnValue:
    """Hand over what was chosen of one kind."""
    person, kind = _person(person_id), Work(work)
    form = _form(kind, person, sent=True)
    if form.validate_on_submit():
        with refusing(form):
            count = handing.hand_over(db(), actor(), now(), form.wanted(kind, person.id))
            to = db().get_one(Person, form.to.data)
            flash(
                ngettext(
                    "%(num)d thing was handed over to %(to)s.",
                    "%(num)d things were handed over to %(to)s.",
                    count,
                    to=to.name,
                ),
                "success",
            )
            left = waiting.counts_in_hand(db(), actor(), now(), person.id)
            return redirect(url_for(".show", person_id=person.id) if left else url_for(".index"), 303)
    return _page(person, form, kind), 422


def _person(person_id: int) -> Person:
    """Whoever has something in hand that the reader may hand over, or whose account he may see; else 404."""
    person = db().get(Person, person_id)
    if person is None or not (
        waiting.counts_in_hand(db(), actor(), now(), person_id) or find(db(), actor(), Person, person_id)
    ):
        abort(404)
    return person


def _page(person: Person, sent: HandOverForm | None = None, of: Work | None = None) -> str:
    counts = waiting.counts_in_hand(db(), actor(), now(), person.id)
    return render_template(
        "hand_overs/show.html",
        person=person,
        here=person.active and (not person.agency_id or actor().staff or person.agency_id == actor().agency_id),
        parts=[_part(person, work, count, sent if work is of else None) for work, count in counts.items()],
        page_of_item=page_of_item,
        role_word=role_word,
    )


def _part(person: Person, work: Work, count: int, sent: HandOverForm | None) -> Part:
    form = sent or _form(work, person)
    is_clients = work is Work.CLIENTS
    items = [] if is_clients else waiting.items(db(), actor(), now(), work, person.id, MOST)
    clients = _clients(person) if is_clients else []
    ticked = form.ticked if sent else []
    return Part(work, TITLES[work], means(work), count, clients, items, form, len(form.to.choices) > 1, ticked)


def _form(work: Work, person: Person, *, sent: bool = False) -> HandOverForm:
    form = HandOverForm() if sent else HandOverForm(None)
    form.stand_apart(work)
    form.offer(waiting.successors(db(), actor(), work, person.id, now()))
    if not sent:
        form.reason.data = _("%(name)s has left.", name=person.name) if not person.active else ""
    return form


def _clients(person: Person) -> list[RegistrationRow]:
    """The clients whose protection ends first."""
    in_hand = waiting.in_hand(actor(), now(), Work.CLIENTS, person.id)
    stmt = registration_list.registrations(db(), actor(), now()).join(Registration.touch)
    first = stmt.where(Registration.touch_id.in_(in_hand)).order_by(
        Touch.protected_until.is_(None), Touch.protected_until, Registration.id
    )
    return [registration_list.shown(db(), actor(), now(), row) for row in db().scalars(first.limit(MOST))]
