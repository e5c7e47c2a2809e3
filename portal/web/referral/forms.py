"""Forms of the referral pages. The public ones work without a cookie, so their token is signed instead of kept."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.csrf.core import CSRF
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...models import PERSONS
from ..edge import config, now
from ..forms.fields import LineField
from ..words.rewards import AUDIENCES

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


class CodeForm(PublicForm):
    """The code of a poster, typed by hand."""

    code = StringField(_l("Referral code"), [DataRequired(_l("Enter the code as it stands on the poster."))])


class WorkForm(PublicForm):
    """What shows that a friend works at the company, after the number was left. `again` is the sealed address to which
    a mail went already."""

    work_email = StringField(_l("Your work e-mail"), [Length(max=254, message=_l("At most 254 characters."))])
    staff_number = StringField(_l("Your staff number"), [Length(max=40, message=_l("At most 40 characters."))])
    again = HiddenField()


class ConfirmForm(PublicForm):
    """One button."""


class OptOutForm(PublicForm):
    """One button."""


class NewReferrerForm(FlaskForm):
    """Who joins as a referrer."""

    name = LineField(
        _l("Name"), [DataRequired(_l("Enter the name.")), Length(max=40, message=_l("At most 40 characters."))]
    )
    phone = StringField(_l("Phone"), [DataRequired(_l("Enter the phone number."))])
    audience = RadioField(
        _l("Kind of referrer"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(audience.value, AUDIENCES[audience]) for audience in PERSONS],
    )
    development_id = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    home = StringField(_l("House number"), [Length(max=40, message=_l("At most 40 characters."))])


class RefuseRewardForm(FlaskForm):
    """Why a reward is turned down; its referrer reads it."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why. The referrer reads it.")), Length(max=500, message=_l("At most 500 characters."))],
    )


class RevokeForm(FlaskForm):
    """Why a code is taken back; its owner reads it."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why. The referrer reads it.")), Length(max=500, message=_l("At most 500 characters."))],
    )


class VanityForm(FlaskForm):
    """A code of one's own."""

    code = StringField(_l("Your own code"), [DataRequired(_l("Enter the code that you would like."))])
