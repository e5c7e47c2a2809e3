"""Clients' files: the list, and the page of one, whose parts the other rooms of client care fill."""

from flask import Blueprint, render_template, request

from ...access.permissions import Permission
from ...models import CareFile
from ...services.care import contacts, day, files, scope
from ...services.care.stages import stage_of
from ..edge import actor, db, load, now
from ..guard import guard
from ..lists.paging import page_of
from . import words

bp = Blueprint("care_files", __name__, url_prefix="/care/files")


@bp.get("")
@guard(Permission.CARE_FOR_CLIENTS)
def index() -> str:
    """The files that the reader may see, the newest first."""
    page = page_of(db(), scope.care_files(db(), actor()), CareFile.id, request.args.get("after"))
    return render_template("care/files.html", page=page, rows=files.shown(db(), actor(), page.rows), words=words)


@bp.get("/<int:file_id>")
@guard(Permission.CARE_FOR_CLIENTS)
def show(file_id: int) -> str:
    """One client's file."""
    file = load(CareFile, file_id)
    return render_template(
        "care/file.html",
        file=file,
        row=files.shown(db(), actor(), [file])[0],
        name=files.name_of(db(), file),
        standing=stage_of(db(), [file], scope.side_of(actor()))[file.id],
        words=words,
        contacts=contacts.of_file(db(), actor(), file),
        due=day.of_file(db(), actor(), now(), file),
    )
