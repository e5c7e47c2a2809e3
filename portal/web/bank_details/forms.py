"""Forms of bank details: what is proposed, what the payee said when he was called, and his objection."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ...rules.bank_details.bank_details import LONGEST, BankDetails
from ..forms.fields import LineField

_NEEDED = InputRequired(_l("Please fill this in."))


def _without_spaces(text: Any) -> str:
    return "".join((text or "").split())


class BankForm(FlaskForm):
    """Where an agency, or a person, is to be paid; who says so types his password once more."""

    holder = LineField(_l("Account holder"), [_NEEDED, Length(max=LONGEST)])
    bank = LineField(_l("Bank and branch"), [_NEEDED, Length(max=LONGEST)])
    account = StringField(_l("Account number"), [_NEEDED], filters=[_without_spaces])
    old = PasswordField(_l("Your password"), [InputRequired(_l("Enter your password."))])

    @property
    def details(self) -> BankDetails:
        """What was entered."""
        return BankDetails(self.holder.data, self.bank.data, self.account.data)


class ConfirmForm(FlaskForm):
    """What the payee said on the phone, and who that was."""

    account = StringField(_l("Account number, as the payee reads it out"), [_NEEDED], filters=[_without_spaces])
    call_back = StringField(
        _l("Whom you spoke to, and on which number"), [DataRequired(_l("Please fill this in.")), Length(max=200)]
    )


class RefuseForm(FlaskForm):
    """Sending a proposal back needs a reason, which its proposer and the payee read."""

    reason = TextAreaField(_l("What is wrong with it?"), [DataRequired(_l("Say why.")), Length(max=500)])


class ObjectionForm(FlaskForm):
    """The payee says that an account is not his."""

    words = TextAreaField(_l("What is wrong with this account?"), [DataRequired(_l("Say why.")), Length(max=500)])
