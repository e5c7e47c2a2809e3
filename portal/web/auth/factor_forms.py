"""Forms that ask for a second factor."""

from types import MappingProxyType

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, Form, HiddenField, StringField
from wtforms.validators import ValidationError

from ...services.second_factors.proving import Given
from .passkey_site import site_here


class AnswerField(HiddenField):
    """What a passkey answered. It is good once, so a form that is shown again holds none."""

    def _value(self) -> str:
        return ""


class CodeWithoutPasskey:
    """A code, unless a passkey answered: an empty form is no try."""

    field_flags = MappingProxyType({"required": True})

    def __call__(self, form: Form, field: Field) -> None:
        """Raise ValidationError where nothing was given."""
        if not form["passkey"].data and not (field.data or "").strip():
            raise ValidationError(_("Type the six digits, or a recovery code."))


class ProofForm(FlaskForm):
    """Six digits, or a recovery code; or what a passkey answered."""

    code = StringField(_l("Six digits, or a recovery code"), [CodeWithoutPasskey()])
    passkey = AnswerField()


def given_in(form: ProofForm) -> Given:
    """What was handed in."""
    return Given(form.code.data or "", form.passkey.data or "", site_here())
