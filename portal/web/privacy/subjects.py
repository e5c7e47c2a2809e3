"""One person's data: found by the full phone, shown, taken along as a file, erased on request.

Every look is written down before it is answered; a page's own session cannot write, so that has its own transaction.
"""

import json

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from ...access.permissions import Permission
from ...clock import local_day
from ...models import Client, Person, Why
from ...services.privacy import subject_data, withdrawals
from ..edge import actor, database, db, files, form_page, load, now, refusing
from ..files.downloads import file_response
from ..guard import guard
from ..words.audit_actions import deed
from ..words.roles import role_word
from .forms import PhoneForm

bp = Blueprint("subjects", __name__)


@bp.route("/privacy/find", methods=["GET", "POST"])
@guard(Permission.MANAGE_PRIVACY)
def find() -> ResponseReturnValue:
    """Whose data: by the full phone. What was typed never stands in an address."""
    form, found = PhoneForm(), None
    if form.validate_on_submit():
        with refusing(form):
            found = subject_data.find(db(), form.phone.data)
    return form_page("privacy/find.html", form, found=found, role_word=role_word)


@bp.get("/privacy/clients/<int:client_id>")
@guard(Permission.MANAGE_PRIVACY)
def client(client_id: int) -> ResponseReturnValue:
    """All that is stored about a client, to be read."""
    one = load(Client, client_id)
    _record(one, exported=False)
    return _page(one, subject_data.of_client(db(), one), "client")


@bp.get("/privacy/people/<int:person_id>")
@guard(Permission.MANAGE_PRIVACY)
def person(person_id: int) -> ResponseReturnValue:
    """All that an account's owner left about himself, to be read."""
    one = load(Person, person_id)
    _record(one, exported=False)
    return _page(one, subject_data.of_person(db(), one), "person")


@bp.get("/privacy/clients/<int:client_id>/data.json")
@guard(Permission.MANAGE_PRIVACY)
def client_file(client_id: int) -> Response:
    """The same as a file for the client."""
    one = load(Client, client_id)
    _record(one, exported=True)
    return _file(subject_data.of_client(db(), one), f"client-{one.id}")


@bp.get("/privacy/people/<int:person_id>/data.json")
@guard(Permission.MANAGE_PRIVACY)
def person_file(person_id: int) -> Response:
    """The same as a file for the account's owner."""
    one = load(Person, person_id)
    _record(one, exported=True)
    return _file(subject_data.of_person(db(), one), f"person-{one.id}")


@bp.post("/privacy/clients/<int:client_id>/erase")
@guard(Permission.MANAGE_PRIVACY)
def erase_client(client_id: int) -> ResponseReturnValue:
    """Erase a client's templates and photos on his request; the proofs stay."""
    one = load(Client, client_id)
    gone = withdrawals.withdraw_face_consent(db(), now(), one.id, None, files(), why=Why.ON_REQUEST, by=actor())
    flash(_say_gone(gone.photos + gone.templates), "success")
    return redirect(url_for("subjects.client", client_id=one.id), 303)


@bp.post("/privacy/people/<int:person_id>/erase")
@guard(Permission.MANAGE_PRIVACY)
def erase_person(person_id: int) -> ResponseReturnValue:
    """Erase the face that an account's owner enrolled, on his request; the proofs stay."""
    one = load(Person, person_id)
    flash(_say_gone(subject_data.erase_own_face(db(), actor(), now(), one)), "success")
    return redirect(url_for("subjects.person", person_id=one.id), 303)


def _say_gone(count: int) -> str:
    return ngettext("%(num)d record erased. The proof is kept.", "%(num)d records erased. The proofs are kept.", count)


def _page(whose: Client | Person, data: subject_data.Data, kind: str) -> str:
    return render_template(
        "privacy/subject.html",
        whose=whose,
        kind=kind,
        data=data,
        living=[row for row in data.photos if row.erased_at is None]
        + [row for row in data.templates if row.erased_at is None]
        + [row for row in data.enrolments if row.vector_sealed is not None],
        deed=deed,
        key={f"{kind}_id": whose.id},
        now=now(),
    )


def _file(data: subject_data.Data, name: str) -> Response:
    text = json.dumps(subject_data.as_json(data, now()), ensure_ascii=False, indent=1)
    response = file_response(text, "application/json", f"{name}-{local_day(now())}.json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _record(whose: Client | Person, *, exported: bool) -> None:
    with database().transaction() as own:
        found: Client | Person = (
            own.get_one(Client, whose.id) if isinstance(whose, Client) else own.get_one(Person, whose.id)
        )
        subject_data.record_read(own, actor(), now(), found, exported=exported)
