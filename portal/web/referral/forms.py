"""Forms of the referral pages. The public ones work without a cookie, so their token is signed instead of kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.csrf.core import CSRF
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...models import PERSONS
from ..edge import config, now
from .words import AUDIENCES

_OPEN_FOR = timedelta(days=7)
_PURPOSE = "public form"


class SignedToken(CSRF):
    """Proves that the form came from a page of ours, lately, and says since when it has been open.

    A visitor is nobody: there is no session whose power a foreign page could borrow, so there is nothing to
    bind the token to, and no reason to set a cookie on somebody who only reads. A form that is shown again keeps the
    instant at which it was first shown: who is told of a slip need not wait a second time.
    """

    def generate_csrf_token(self, _field: Field) -> str:
        since = opened_at(request.form.get("csrf_token", "")) or now()
        return sign_link(_PURPOSE, str(int(since.timestamp())), config().secret_key.encode(), now() + _OPEN_FOR)

    def validate_csrf_token(self, _form: Any, field: Field) -> None:
        try:
            verify_link(field.data or "", _PURPOSE, config().secret_key.encode(), now())
        except Refusal as refusal:
            raise ValidationError(_("This page has been open for long. Please send it once more.")) from refusal


def opened_at(token: str) -> datetime | None:
    """When the form of this token was first shown; None for a token that is not ours."""
    try:
        since = verify_link(token, _PURPOSE, config().secret_key.encode(), now())
    except Refusal as refusal:
        expired = refusal.facts.get("expired_at")
        return expired - _OPEN_FOR if expired else None
    return datetime.fromtimestamp(int(since or 0), UTC)


class PublicForm(FlaskForm):
    """A form for anyone."""

    class Meta(FlaskForm.Meta):
        csrf_class = SignedToken


class CodeForm(PublicForm):
    """The code of a poster, typed by hand."""

    code = StringField(_l("Referral code"), [DataRequired(_l("Enter the code as it stands on the poster."))])


class LeadForm(PublicForm):
    """A friend's name and phone, and what may be done with each.

    `website` is for machines: people do not see it, and leave it empty. A machine also answers at once: what comes
    back within the setting `form_seconds` is shown again, with all that was typed in it.
    """

    name = StringField(
        _l("Your name"),
        [DataRequired(_l("Tell us how to address you.")), Length(max=40, message=_l("At most 40 characters."))],
    )
    phone = StringField(_l("Your phone number"), [DataRequired(_l("Enter your phone number."))])
    website = StringField(_l("Leave this field empty"))
    contact = BooleanField(
        _l("I agree to be contacted"),
        [InputRequired(_l("Without your agreement we must not contact you. Tick the box if you agree."))],
    )
    progress = BooleanField(_l("My friend may see my surname"))

    def validate(self, extra_validators: Any = None) -> bool:
        """The fields, and that a person had the time to fill them in."""
        since = opened_at(request.form.get("csrf_token", ""))
        fields_hold = super().validate(extra_validators)
        if since is None or now() - since >= timedelta(seconds=config().form_seconds):
            return fields_hold
        self.form_errors.append(_("That was very quick. Please look it over and send it once more."))
        return False


class EmployeeForm(LeadForm):
    """A lead on a company's page: what shows that the friend works there, all of it optional. A field that the company
    has no use for is taken out."""

    work_email = StringField(_l("Your work e-mail"), [Length(max=254, message=_l("At most 254 characters."))])
    staff_number = StringField(_l("Your staff number"), [Length(max=40, message=_l("At most 40 characters."))])


class WorkForm(PublicForm):
    """The same, after the number was left. `again` is the sealed address to which a mail went already."""

    work_email = StringField(_l("Your work e-mail"), [Length(max=254, message=_l("At most 254 characters."))])
    staff_number = StringField(_l("Your staff number"), [Length(max=40, message=_l("At most 40 characters."))])
    again = HiddenField()


class ConfirmForm(PublicForm):
    """One button."""


class OptOutForm(PublicForm):
    """One button."""


class NewReferrerForm(FlaskForm):
    """Who joins as a referrer."""

    name = StringField(
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


class VanityForm(FlaskForm):
    """A code of one's own."""

    code = StringField(_l("Your own code"), [DataRequired(_l("Enter the code that you would like."))])
