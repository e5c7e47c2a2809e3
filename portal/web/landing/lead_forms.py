"""The form that a friend fills in on a landing page, and the signed token that stands in for a session.

The token is good for one page, and a few leads an hour; it says since when the form has been open and in which words,
so that what is kept of a consent is what was read.
"""

import secrets
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, StringField
from wtforms.csrf.core import CSRF
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link
from referral.drawing.typeset import clean

from ...rules.privacy.consent import CURRENT_VERSION, Purpose
from ...services import contacts
from ..edge import config, now
from ..forms.public import PublicForm
from ..language import choose
from ..messages import say

_OPEN_FOR = timedelta(days=7)
_EVER = datetime.fromtimestamp(0, UTC)
"""The instant for which no token has expired: who comes late is told so, and the form is still known."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words that a friend read: the versions of both consents, and the language."""

    contact: str
    progress: str
    locale: str

    @classmethod
    def of_today(cls) -> "Words":
        return cls(CURRENT_VERSION[Purpose.CONTACT], CURRENT_VERSION[Purpose.PROGRESS], choose())

    @property
    def outdated(self) -> bool:
        """Whether other words are in force by now, in whatever language."""
        today = Words.of_today()
        return (self.contact, self.progress) != (today.contact, today.progress)


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form that was shown: since when it has been open, what it is called, the words that stood on it."""

    since: datetime
    name: str
    words: Words

    @classmethod
    def anew(cls) -> "ShownForm":
        return cls(now(), secrets.token_urlsafe(9), Words.of_today())

    @classmethod
    def read(cls, token: str, code: str, at: datetime) -> "ShownForm":
        """What stands in the token of a code's page. Raises Refusal: link_invalid, link_expired."""
        since, name, *words = verify_link(token, _purpose(code), config().secret_key.encode(), at).split(".")
        return cls(datetime.fromtimestamp(int(since), UTC), name, Words(*words))

    def token(self, code: str) -> str:
        words = self.words
        payload = f"{int(self.since.timestamp())}.{self.name}.{words.contact}.{words.progress}.{words.locale}"
        return sign_link(_purpose(code), payload, config().secret_key.encode(), now() + _OPEN_FOR)


class LeadToken(CSRF):
    """Proves that the form came from this code's page, and says what `ShownForm` holds.

    A form that is shown again keeps since when it has been open and its name, and says the words of today: who is told
    of a slip need not wait a second time.
    """

    code: str

    def setup_form(self, form: Any) -> Any:
        self.code = form.meta.csrf_context
        return super().setup_form(form)

    def generate_csrf_token(self, _field: Field) -> str:
        shown = self.shown()
        again = ShownForm.anew() if shown is None else replace(shown, words=Words.of_today())
        return again.token(self.code)

    def validate_csrf_token(self, form: Any, field: Field) -> None:
        shown = self.shown()
        if shown is not None and shown.words.outdated:
            form.untick()
            raise ValidationError(
                _("What we say of your data has changed since you opened this page. Please read it and send it again.")
            )
        try:
            ShownForm.read(field.data or "", self.code, now())
        except Refusal as refusal:
            raise ValidationError(_("This page has been open for long. Please send it once more.")) from refusal

    def shown(self) -> ShownForm | None:
        """What the token that came back says, expired or not; None for one that is not this page's."""
        try:
            return ShownForm.read(request.form.get("csrf_token", ""), self.code, _EVER)
        except Refusal:
            return None


def _legible(typed: str | None) -> str:
    """A name on one line, without signs that show nothing; empty where no letter is left."""
    kept = clean(typed or "").replace("\n", " ")
    return kept if any(unicodedata.category(sign)[0] in "LN" for sign in kept) else ""


class LeadForm(PublicForm):
    """A friend's name and phone, and what may be done with each. Made for a code: `meta={"csrf_context": code}`.

    `website` is for machines: people do not see it, and leave it empty. A machine also answers at once: what comes
    back within the setting `form_seconds` is shown again, with all that was typed in it.
    """

    class Meta(PublicForm.Meta):
        csrf_class = LeadToken

    name = StringField(
        _l("Your name"),
        [DataRequired(_l("Tell us how to address you.")), Length(max=40, message=_l("At most 40 characters."))],
        filters=[_legible],
    )
    phone = StringField(_l("Your phone number"), [DataRequired(_l("Enter your phone number."))])
    website = StringField(_l("Leave this field empty"))
    contact = BooleanField(
        _l("I agree to be contacted"),
        [InputRequired(_l("Without your agreement we must not contact you. Tick the box if you agree."))],
    )
    progress = BooleanField(_l("My friend may see my surname"))

    def validate_phone(self, field: Field) -> None:
        """A slip is no lead yet: it counts against no limit."""
        try:
            contacts.parse_mobile(field.data or "")
        except Refusal as refusal:
            raise ValidationError(say(refusal)) from refusal

    @property
    def shown(self) -> ShownForm | None:
        """What the token that came back says; None for one that is not this page's."""
        found: ShownForm | None = self.csrf_token.csrf_impl.shown()
        return found

    def validate(self, extra_validators: Any = None) -> bool:
        """The fields, and that a person had the time to fill them in."""
        fields_hold = super().validate(extra_validators)
        shown = self.shown
        if shown is None or now() - shown.since >= timedelta(seconds=config().form_seconds):
            return fields_hold
        self.form_errors.append(_("That was very quick. Please look it over and send it once more."))
        return False

    def untick(self) -> None:
        """Other words are agreed to anew."""
        self.contact.data = False
        if "progress" in self:
            self.progress.data = False

    def renew(self) -> None:
        """Show it as a new page: its token was used up."""
        self.csrf_token.current_token = ShownForm.anew().token(self.meta.csrf_context)


class EmployeeForm(LeadForm):
    """A lead on a company's page: what shows that the friend works there, all of it optional. A field that the company
    has no use for is taken out."""

    work_email = StringField(_l("Your work e-mail"), [Length(max=254, message=_l("At most 254 characters."))])
    staff_number = StringField(_l("Your staff number"), [Length(max=40, message=_l("At most 40 characters."))])


def _purpose(code: str) -> str:
    return f"lead form {code}"
