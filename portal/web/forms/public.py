"""Forms for anyone. They work without a cookie, so their token is signed instead of kept."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.csrf.core import CSRF
from wtforms.validators import DataRequired, ValidationError

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ..edge import config, now

_OPEN_FOR = timedelta(days=7)
_PURPOSE = "public form"


class SignedToken(CSRF):
    """Proves that the form came from a page of ours, lately.

    A visitor is nobody: there is no session whose power a foreign page could borrow, so there is nothing to
    bind the token to, and no reason to set a cookie on somebody who only reads.
    """

    def generate_csrf_token(self, _field: Field) -> str:
        return sign_link(_PURPOSE, "", config().secret_key.encode(), now() + _OPEN_FOR)

    def validate_csrf_token(self, _form: Any, field: Field) -> None:
        try:
            verify_link(field.data or "", _PURPOSE, config().secret_key.encode(), now())
        except Refusal as refusal:
            raise ValidationError(_("This page has been open for long. Please send it once more.")) from refusal


class PublicForm(FlaskForm):
    """A form for anyone."""

    class Meta(FlaskForm.Meta):
        csrf_class = SignedToken


class NumberForm(PublicForm):
    """Whose number it is that somebody asks about."""

    phone = StringField(_l("Your phone number"), [DataRequired(_l("Enter your phone number."))])


class NumberCodeForm(PublicForm):
    """The code out of the text, which shows that it is his."""

    code = StringField(_l("Code from the text"), [DataRequired(_l("Enter the six digits of the text."))])
