"""Forms of one's own face, and of the second person who confirms whose it is."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length


class EnrolForm(FlaskForm):
    """The two shots of one's own face, and the consent to what becomes of them. `in_page` says that the page's own
    camera took them."""

    photo = FileField(_l("Photo of your face"), [FileRequired(_l("Take a photo of your face."))])
    turned = FileField(_l("You, turned to the side"))
    in_page = HiddenField()
    nonce = HiddenField()
    consent = BooleanField(
        _l("I agree"), [InputRequired(_l("Tick the box if you agree. Without your consent nothing is stored."))]
    )


class ConfirmForm(FlaskForm):
    """The two shots of the person who stands before the second one, as the page's own camera takes them."""

    photo = FileField(_l("Photo of the person before you"), [FileRequired(_l("Take a photo of the person."))])
    turned = FileField(_l("The person, turned to the side"))
    in_page = HiddenField()
    nonce = HiddenField()


class RefuseForm(FlaskForm):
    """Why it is not confirmed."""

    reason = TextAreaField(
        _l("Reason"), [DataRequired(_l("Say why you refuse it; the person reads your words.")), Length(max=500)]
    )
