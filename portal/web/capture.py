"""Photos that arrive with a form: looked at before the form's transaction begins, and refused in words at the field."""

from flask_wtf import FlaskForm

from commissions.refusal import Refusal

from ..services import faces
from ..services.faces import Shot
from .edge import abandon, engine
from .messages import say


def look_at(form: FlaskForm) -> Shot | None:
    """What the form's `photo` shows, or None with the reason at the field.

    The request's transaction is given up for it: nobody who writes has to wait for a picture. Load rows again after it.
    """
    abandon()
    try:
        return faces.look(engine(), form.photo.data.read())
    except Refusal as refusal:
        form.photo.errors = [*form.photo.errors, say(refusal)]
        return None
