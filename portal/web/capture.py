"""Photos that arrive with a form: looked at before the form's transaction begins, and refused in words there."""

from flask_wtf import FlaskForm

from commissions.refusal import Refusal

from ..services import faces
from ..services.faces import Shot
from .edge import abandon, engine, show_refusal


def look_at(form: FlaskForm) -> Shot | None:
    """What the form's `photo` shows, or None with the reason in the form.

    The request's transaction is given up for it: nobody who writes has to wait for a picture. Load rows again after it.
    """
    abandon()
    try:
        return faces.look(engine(), form.photo.data.read())
    except Refusal as refusal:
        show_refusal(form, refusal)
        return None
