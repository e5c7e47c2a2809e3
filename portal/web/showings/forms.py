"""Forms of a showing."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, FloatField, HiddenField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from ...services.faces.evidence import Place
from .consent_form import ClientConsentForm


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


class CaptureForm(PlaceForm, ClientConsentForm):
    """The photo of broker and client, the client's consent, and the server's one-time word. `turned` is the second shot
    of the challenge; `in_page` says that the page's own camera took them."""

    photo = FileField(_l("Photo of you and the client"), [FileRequired(_l("Take a photo of you and the client."))])
    turned = FileField(_l("You, turned to the side"))
    client_photo = FileField(_l("Photo of the client, if not in the same one"))
    in_page = HiddenField()
    nonce = HiddenField()
    insist = BooleanField(_l("It cannot be better here: file the next photo as it is, and let a person look"))
    poor = False
    """Whether the photo that came had better be taken again; then `insist` is offered."""


class FakeForm(FlaskForm):
    """Why a showing is taken for a fake."""

    reason = TextAreaField(
        _l("Reason"), [DataRequired(_l("Say why, so that the broker can answer.")), Length(max=1000)]
    )


class UntoldForm(FlaskForm):
    """Why nobody can tell any more whether a visit took place."""

    untold = TextAreaField(
        _l("Why it cannot be told"), [DataRequired(_l("Say why: the broker reads it.")), Length(max=1000)]
    )


class AskForm(FlaskForm):
    """Why a new capture is needed, and how long the broker has for it."""

    wish = TextAreaField(
        _l("What the broker should do differently"),
        [DataRequired(_l("Say why, so that the broker can do it better.")), Length(max=1000)],
    )
    hours = RadioField(
        _l("Time for it"),
        choices=[
            SelectChoice(1, _l("1 hour: they are still here")),
            SelectChoice(24, _l("1 day")),
            SelectChoice(168, _l("7 days: at the next visit")),
        ],
        validators=[InputRequired()],
        default=1,
        coerce=int,
    )
