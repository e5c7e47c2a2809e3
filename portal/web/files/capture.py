"""Photos that arrive with a form: looked at before the form's transaction begins, and refused in words there."""

import hashlib
import re
from collections.abc import Callable, Sequence

from flask import Response, abort, jsonify, request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField

from commissions.refusal import Refusal

from ...services.faces import challenges, faces
from ...services.faces.challenges import CameraHolder, Subject
from ...services.faces.faces import Shot
from ..edge import abandon, db, engine, now, show_refusal
from ..messages import say
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


def told_side(holder: CameraHolder, subject: Subject) -> Response | tuple[Response, int]:
    """The answer to a camera that asks for the side to turn to, against the digest of its first shot."""
    word, straight = request.form.get("nonce", ""), _straight_digest()
    try:
        side = challenges.tell_side(db(), holder, now(), subject, nonce=word, straight_sha256=straight)
    except Refusal as refusal:
        return jsonify(said=say(refusal)), 409
    return jsonify(side=side)


def refused_status(form: FlaskForm, refusal: Refusal, holder: CameraHolder, subject_of: Callable[[], Subject]) -> int:
    """The status for photos that could not be looked at. Where the server was too busy, what was sent is no older when
    it comes again, which the page does by itself."""
    if refusal.code != "busy_try_again":
        return 422
    arrived = _sha256_of(form["photo"])
    word = form["nonce"].data or ""
    challenges.note_arrival(db(), holder, now(), subject_of(), nonce=word, straight_sha256=arrived)
    return 503


def _straight_digest() -> str:
    """The digest of the first shot, as a camera's page tells it in hex; 400 for what is none."""
    sent = request.form.get("sha256", "")
    if not _SHA256.fullmatch(sent):
        abort(400)
    return sent


def _sha256_of(field: FileField) -> str:
    """The digest of a photo as it was sent, in hex, as `adapters.photos` makes it."""
    field.data.seek(0)
    return hashlib.sha256(field.data.read()).hexdigest()
