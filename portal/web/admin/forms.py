"""Forms of the administrator."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ...models import PARTNERS, Person, Role
from ...rules.accounts.accounts import LONGEST_NAME, MAY_OPEN, PHONE_BY_TWO, STAFF_ROLES
from ..forms import proposals
from ..forms.fields import LineField
from ..words.roles import WORDS


class NewPersonForm(FlaskForm):
    """An account of the staff, or of an agency's principal."""

    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role."))])
    agency = SelectField(_l("Agency"), coerce=lambda value: int(value) if value else None)
    name = LineField(_l("Name"), [DataRequired(_l("Enter the name.")), Length(max=LONGEST_NAME)])
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


class OtherPhoneForm(ProposeForm):
    """By which number somebody is to sign in."""

    phone = StringField(_l("New phone"), [DataRequired(_l("Enter the phone number."))])


class OtherRoleForm(ProposeForm):
    """What a member of the staff is to be."""

    role = SelectField(_l("New role"), [InputRequired(_l("Choose a role."))])

    def offer(self, present: Role) -> None:
        """Every role of the staff but the present one."""
        others = [role for role in WORDS if role in STAFF_ROLES and role is not present]
        choices = (SelectChoice(role.value, WORDS[role]) for role in others)
        self.role.choices = [SelectChoice("", _l("Choose a role")), *choices]


class OtherNameForm(ProposeForm):
    """What somebody is to be called."""

    name = LineField(_l("New name"), [DataRequired(_l("Enter the name.")), Length(max=LONGEST_NAME)])


class ChangeAccountForm(FlaskForm):
    """How an account that moves no money is to stand. Agency and role are asked of a partner alone."""

    name = LineField(_l("Name"), [DataRequired(_l("Enter the name.")), Length(max=LONGEST_NAME)])
    phone = StringField(_l("New phone"), [Length(max=24)])
    agency = SelectField(_l("Agency"), [InputRequired()], coerce=int)
    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role."))])
    reason = TextAreaField(_l("Why"), [DataRequired(_l("Say why: it stays with the account.")), Length(max=300)])

    def offer(self, agencies: list[tuple[int, str]], person: Person) -> None:
        """The agencies that are open, and the person's own; what one administrator may not change is not asked."""
        if person.role in PHONE_BY_TWO:
            del self.phone
        if person.agency is None:
            del self.agency, self.role
            return
        own = [] if person.agency_id in dict(agencies) else [(person.agency_id, person.agency.name)]
        self.agency.choices = [*own, *agencies]
        self.role.choices = [(role.value, WORDS[role]) for role in WORDS if role in PARTNERS]


class SendBackForm(proposals.SendBackForm):
    """Sending a proposal back needs a reason, which its proposer reads."""

    reason = TextAreaField(_l("Why not"), [DataRequired(_l("Say why.")), Length(max=300)])
