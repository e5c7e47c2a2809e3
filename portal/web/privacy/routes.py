"""Counts, proofs of erasure, and the facts of the impact assessment."""

from datetime import timedelta

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import ALLOWED
from ...clock import day_start
from ...models import Erasure
from ...services.faces.counts import FACES_FILING
from ...services.privacy import stored_faces
from ...services.registrations import lists as registration_list
from ..edge import actor, config, db, now
from ..guard import guard
from ..lists.arguments import day_of, number_of
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.privacy import KINDS, REASONS, by_words
from ..words.roles import role_word

bp = Blueprint("privacy", __name__)

LOOKED_BACK = timedelta(days=90)
"""How far the facts look back: as long as a photo stays by default."""


@bp.get("/privacy")
@guard(Permission.MANAGE_PRIVACY)
def index() -> ResponseReturnValue:
    """What is stored now, and how near the filing duty is."""
    return render_template(
        "privacy/index.html", stored=stored_faces.stored(db(), actor(), now()), most=FACES_FILING, now=now()
    )


@bp.get("/privacy/erasures")
@guard(Permission.MANAGE_PRIVACY)
def erasures() -> ResponseReturnValue:
    """The proofs of erasure, the latest first."""
    return render_template(
        "privacy/erasures.html",
        page=page_of(db(), _wanted(), Erasure.id, request.args.get("after")),
        developments=registration_list.developments(db(), actor()),
        kinds=KINDS,
        reasons=REASONS,
        by_words=by_words,
    )


@bp.get("/privacy/erasures.<kind>")
@guard(Permission.MANAGE_PRIVACY)
def erasures_export(kind: str) -> Response:
    """The same proofs as a file, oldest first."""
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Erased at"), lambda row: row.at),
        Column(_("What"), lambda row: str(KINDS[row.kind])),
        Column(_("Record number"), lambda row: row.row_id),
        Column(_("Development"), lambda row: row.development.name if row.development else None),
        Column(_("Why"), lambda row: str(REASONS[row.why])),
        Column(_("By"), by_words),
        Column(_("Digest"), lambda row: row.digest),
    )
    return export(db().scalars(_wanted().order_by(Erasure.id)), columns, "erasures", kind)


@bp.get("/privacy/assessment")
@guard(Permission.MANAGE_PRIVACY)
def assessment() -> ResponseReturnValue:
    """What is stored, why, for how long, who may see it and who did: the facts of an impact assessment."""
    since = now() - LOOKED_BACK
    return render_template(
        "privacy/assessment.html",
        stored=stored_faces.stored(db(), actor(), now()),
        looked=stored_faces.who_looked(db(), since),
        erased=stored_faces.erased_since(db(), since),
        reasons=REASONS,
        engine=config().face_engine,
        see_photos=_roles(Permission.SEE_PHOTOS),
        manage=_roles(Permission.MANAGE_PRIVACY),
        role_word=role_word,
        since=since,
        now=now(),
    )


def _roles(permission: Permission) -> list[str]:
    return sorted(role_word(role) for role in ALLOWED[permission])


def _wanted() -> Select[Erasure]:
    args = request.args
    since, until = day_of(args.get("since")), day_of(args.get("until"))
    return stored_faces.erasures(
        actor(),
        kind=args.get("what", ""),
        why=args.get("why", ""),
        development_id=number_of(args.get("development")),
        since=day_start(since) if since else None,
        until=day_start(until + timedelta(days=1)) if until else None,
    )
