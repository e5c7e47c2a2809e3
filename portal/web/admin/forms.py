"""Forms of the administrator."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ...rules.accounts import MAY_OPEN
from ..roles import WORDS


class NewPersonForm(FlaskForm):
    """An account of the staff, or of an agency's principal."""

    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role."))])
    agency = SelectField(_l("Agency"), coerce=lambda value: int(value) if value else None)
    name = StringField(_l("Name"), [DataRequired(_l("Enter the name.")), Length(max=60)])
    phone = StringField(_l("Phone"), [DataRequired(_l("Enter the phone number."))])
    note = TextAreaField(_l("Why"), [Length(max=300)])

    def offer(self, agencies: list[tuple[int, str]]) -> None:
        """What there is to choose from."""
        roles = [role for role in WORDS if role in MAY_OPEN["administrator"]]
        self.role.choices = [
            SelectChoice("", _l("Choose a role")),
            *(SelectChoice(role.value, WORDS[role]) for role in roles),
        ]
        self.agency.choices = [
            SelectChoice("", _l("No agency: works for us")),
            *(SelectChoice(key, name) for key, name in agencies),
        ]


class ProposeForm(FlaskForm):
    """Why an account should be changed: who confirms it reads that."""

    note = TextAreaField(_l("Why"), [DataRequired(_l("Say why: who confirms it reads that.")), Length(max=300)])


class SendBackForm(FlaskForm):
    """Sending a proposal back needs a reason, which its proposer reads."""

    reason = TextAreaField(_l("Why not"), [DataRequired(_l("Say why.")), Length(max=300)])
