"""Forms of a showing."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, FloatField, HiddenField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from ...services.evidence import Place


class PlaceForm(FlaskForm):
    """Where the device says it is, if its owner let it say so. Anything that is no position counts as none."""

    latitude = FloatField(validators=[Optional(), NumberRange(-90, 90)], widget=HiddenInput())
    longitude = FloatField(validators=[Optional(), NumberRange(-180, 180)], widget=HiddenInput())

    @property
    def place(self) -> Place | None:
        """The position in degrees, or None."""
        if self.latitude.data is None or self.longitude.data is None:
            return None
        return Place(self.latitude.data, self.longitude.data)


class CaptureForm(PlaceForm):
    """The photo of broker and client, the client's consent, and the server's one-time word."""

    photo = FileField(_l("Photo of you and the client"), [FileRequired(_l("Take a photo of you and the client."))])
    client_consent = BooleanField(
        _l("The client has read this and agrees"),
        [InputRequired(_l("Without the client's consent there is no photo. Choose reception instead."))],
    )
    nonce = HiddenField()


class FakeForm(FlaskForm):
    """Why a showing is taken for a fake."""

    reason = TextAreaField(
        _l("Reason"), [DataRequired(_l("Say why, so that the broker can answer.")), Length(max=1000)]
    )
