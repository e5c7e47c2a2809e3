"""The client's consent to a photo, or a guardian's for a child: separate, never ticked beforehand (rules 3.2)."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, RadioField, SelectChoice, StringField
from wtforms.validators import Length, Optional, ValidationError

from ...models import Relation
from ...services.guardians import GuardianFacts

_RELATIONS = {Relation.MOTHER: _l("Mother"), Relation.FATHER: _l("Father"), Relation.GUARDIAN: _l("Another guardian")}


class ClientConsentForm(FlaskForm):
    """One of two boxes: the client's, who is 14 or older, or the guardian's with name and relation."""

    client_consent = BooleanField(_l("The client is 14 or older, has read this and agrees"))
    guardian_consent = BooleanField(_l("I am the guardian, have read this and agree for the child"))
    guardian_name = StringField(_l("Guardian's name"), [Length(max=40, message=_l("At most 40 characters."))])
    guardian_relation = RadioField(
        _l("Relation to the child"), [Optional()], choices=[SelectChoice(*one) for one in _RELATIONS.items()]
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

    def validate_client_consent(self, _field: Field) -> None:
        if not self.consented:
            raise ValidationError(_("Without consent there is no photo. Choose the code or reception instead."))

    def validate_guardian_name(self, field: Field) -> None:
        if self.guardian_consent.data and not (field.data or "").strip():
            raise ValidationError(_("Write down who agrees for the child."))

    def validate_guardian_relation(self, field: Field) -> None:
        if self.guardian_consent.data and not field.data:
            raise ValidationError(_("Choose what the guardian is to the child."))
