"""The form that registers a client: three answers, the phone first."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TelField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

_LONGEST_NAME = 60


class ClientForm(FlaskForm):
    """A client's phone and name, and the development. Whether the phone is one is the service's to say."""

    phone = TelField(_l("Client's phone"), [DataRequired(_l("Enter the client's phone number."))])
    name = StringField(
        _l("Client's name"),
        [
            DataRequired(_l("Enter the client's name.")),
            Length(max=_LONGEST_NAME, message=_l("Use at most %(max)d characters.")),
        ],
        filters=[lambda text: " ".join((text or "").split())],
    )
    development = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)

    def validate_name(self, field: StringField) -> None:
        """A name is what people can read: no control characters, no line breaks."""
        if not (field.data and field.data.isprintable()):
            raise ValidationError(_l("Enter the name in plain letters."))
