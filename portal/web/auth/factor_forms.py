"""Forms that ask for a second factor."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from ...services.second_factors.proving import Given
from .passkey_site import site_here


class ProofForm(FlaskForm):
    """Six digits, or a recovery code; or what a passkey answered."""

    code = StringField(_l("Six digits, or a recovery code"))
    passkey = HiddenField()


def given_in(form: ProofForm) -> Given:
    """What was handed in."""
    return Given(form.code.data or "", form.passkey.data or "", site_here())
