"""Photos that arrive with a form: looked at before the form's transaction begins, and refused in words there."""

import hashlib
import re
from collections.abc import Sequence

from flask import abort, request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField

from commissions.refusal import Refusal

from ..services.faces import faces
from ..services.faces.faces import Shot
from .edge import abandon, engine, show_refusal
from .uploads import PHOTOS, count

_SHA256 = re.compile("[0-9a-f]{64}")


def look_at(form: FlaskForm) -> Shot | None:
    """What the form's `photo` shows, or None with the reason in the form; see `look_at_all`."""
    looked = look_at_all(form, ("photo",))
    return None if isinstance(looked, Refusal) else looked["photo"]


def look_at_all(form: FlaskForm, names: Sequence[str]) -> dict[str, Shot] | Refusal:
    """What each of the form's photos of these names shows, as far as they were sent. A refusal is returned too, and
    worded in the form.

    The request's transaction is given up for it: nobody who writes has to wait for a picture. Load rows again after it.
    """
    abandon()
    looked: dict[str, Shot] = {}
    try:
        count(PHOTOS)
        for name in names:
            if form[name].data:
                looked[name] = _look(name, form[name].data.read())
    except Refusal as refusal:
        show_refusal(form, refusal)
        return refusal
    return looked


def _look(name: str, data: bytes) -> Shot:
    try:
        return faces.look(engine(), data)
    except Refusal as refusal:
        if "field" in refusal.facts:
            refusal.facts["field"] = name
        raise


def straight_digest() -> str:
    """The digest of the first shot, as a camera's page tells it in hex; 400 for what is none."""
    sent = request.form.get("sha256", "")
    if not _SHA256.fullmatch(sent):
        abort(400)
    return sent


def sha256_of(field: FileField) -> str:
    """The digest of a photo as it was sent, in hex, as `adapters.photos` makes it."""
    field.data.seek(0)
    return hashlib.sha256(field.data.read()).hexdigest()
