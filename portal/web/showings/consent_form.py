"""The client's consent to a photo, or a guardian's for a child: separate, never ticked beforehand (rules 3.2)."""

from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, RadioField, SelectChoice, StringField
from wtforms.validators import Length, StopValidation, ValidationError

from ...models import Relation
from ...rules.partners.policy import Policy
from ...services.showings.guardians import GuardianFacts

_RELATIONS = {Relation.MOTHER: _l("Mother"), Relation.FATHER: _l("Father"), Relation.GUARDIAN: _l("Another guardian")}


def client_words(policy: Policy) -> list[str]:
    """What a client reads before he agrees to a photo, in the reader's language: purpose, how long it is kept, that he
    may say no, and how he takes it back."""
    return [
        _(
            "We compare the faces in this photo to see that a visit took place, and that your broker's claim to it is "
            "true. For nothing else."
        ),
        _(
            "The photo is deleted after %(days)s days, the measurements of your face %(after)s days after the "
            "registration or your purchase has ended. Both are stored encrypted; only reception and the channel "
            "manager can see the photo.",
            days=policy.photo_days,
            after=policy.template_days,
        ),
        _("You can say no, and nothing changes for you: a code on your phone or reception's word count the same."),
        _(
            "You can take the consent back at any time. We send a link for it to your phone: one tap erases photo and "
            "measurements at once."
        ),
    ]


class FromGuardian:
    """Needed as soon as a guardian agrees, and not looked at before: so it is never marked as optional."""

    field_flags: ClassVar = {"required": True}

    def __init__(self, message: Any) -> None:
        self._message = message

    def __call__(self, form: FlaskForm, field: Field) -> None:
        agreed, filled = form.guardian_consent.data, (field.data or "").strip()
        if agreed and filled:
            return
        field.errors = []  # of a choice that nobody made
        raise StopValidation(str(self._message)) if agreed else StopValidation


class ClientConsentForm(FlaskForm):
    """One of two boxes: the client's, who is 14 or older, or the guardian's with name and relation."""

    client_consent = BooleanField(_l("The client is 14 or older, has read this and agrees"))
    guardian_consent = BooleanField(_l("I am the guardian, have read this and agree for the child"))
    guardian_name = StringField(
        _l("Guardian's name"),
        [
            FromGuardian(_l("Write down who agrees for the child.")),
            Length(max=40, message=_l("At most 40 characters.")),
        ],
    )
    guardian_relation = RadioField(
        _l("Relation to the child"),
        [FromGuardian(_l("Choose what the guardian is to the child."))],
        choices=[SelectChoice(*one) for one in _RELATIONS.items()],
    )

    @property
    def consented(self) -> bool:
        """Whether somebody who may do so agreed."""
        return bool(self.client_consent.data or self.guardian_consent.data)

    @property
    def guardian(self) -> GuardianFacts | None:
        """Who agreed for a child; None when the client agreed himself."""
        if not self.guardian_consent.data:
            return None
        return GuardianFacts(self.guardian_name.data, Relation(self.guardian_relation.data))

    @staticmethod
    def words(policy: Policy) -> list[str]:
        """What the client reads before he agrees."""
        return client_words(policy)

    def validate_client_consent(self, _field: Field) -> None:
        if not self.consented:
            raise ValidationError(_("Without consent there is no photo. Choose the code or reception instead."))
