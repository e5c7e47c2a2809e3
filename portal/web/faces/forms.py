"""The form of one's own face."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField
from wtforms.validators import InputRequired


class EnrolForm(FlaskForm):
    """One's own photo, and the consent to what becomes of it."""

    photo = FileField(_l("Photo of your face"), [FileRequired(_l("Take a photo of your face."))])
    consent = BooleanField(
        _l("I agree"), [InputRequired(_l("Tick the box if you agree. Without your consent nothing is stored."))]
    )
