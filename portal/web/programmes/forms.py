"""Forms of programmes: what both kinds have, what a company has, and what something cost."""

from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from referral.programme import GIVEN_DISCOUNT_BPS, Company, Term, domains_in

from ...models import Programme
from ...services.programmes.programmes import ProgrammeFacts
from ..forms.fields import DayField, LineField, PercentField, YuanField
from .words import last_day

_DAY = timedelta(days=1)
_SHORT = Length(max=40, message=_l("At most 40 characters."))
_LONG = Length(max=80, message=_l("At most 80 characters."))


class TermForm(FlaskForm):
    """Where a programme is, whom we talk to there, and when it runs. People enter its last day."""

    place = LineField(_lp("stand", "Place"), [_LONG])
    contact = LineField(_l("Contact person"), [_SHORT])
    starts_on = DayField(_l("First day"), [InputRequired(_l("Enter the first day."))])
    ends_on = DayField(_l("Last day"), [Optional()])

    @property
    def term(self) -> Term:
        """Raises Refusal `programme_ends_first`."""
        first: date = self.starts_on.data
        return Term(first, self.ends_on.data + _DAY if self.ends_on.data else None)

    @property
    def company(self) -> Company | None:
        """What a company gives; a stand is none."""
        return None

    @property
    def facts(self) -> ProgrammeFacts:
        """What was entered. Raises Refusal: those of `term` and `company`."""
        return ProgrammeFacts(
            self.place.data or "", self.contact.data or "", self.term, self["phone"].data or "", self.company
        )


class CompanyFields:
    """What a company gives, and how its employees are known."""

    discount = PercentField(
        _l("Discount on the price, in percent"),
        [InputRequired(_l("Enter a percentage, such as 1 or 1.5."))],
        default=GIVEN_DISCOUNT_BPS,
    )
    domains = TextAreaField(_l("Mail domains of the employees"), [Length(max=2000)])

    @property
    def company(self) -> Company:
        """Raises Refusal: those of `Company`."""
        return Company(self.discount.data, domains_in(self.domains.data or ""))


class NewStandForm(TermForm):
    """A stand that is set up."""

    name = LineField(_l("Programme's name"), [DataRequired(_l("Enter the name.")), _SHORT])
    development_id = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    phone = StringField(_l("Phone"), [DataRequired(_l("Enter the phone number."))])


class NewCompanyForm(CompanyFields, NewStandForm):
    """A company's programme that is set up."""


class StandForm(TermForm):
    """A stand that is changed; no phone: the number stays."""

    phone = StringField(_l("New phone number"), [Optional()])


class CompanyForm(CompanyFields, StandForm):
    """A company's programme that is changed."""


class CostForm(FlaskForm):
    """What a programme cost; `key` names this page, so that sending it twice is one entry."""

    key = HiddenField(validators=[InputRequired(), Length(max=40)])
    spent_on = DayField(_l("Day"), [InputRequired(_l("Enter the day."))])
    amount = YuanField(_l("Amount"), [InputRequired(_l("Enter the amount."))])
    note = LineField(_l("What for"), [DataRequired(_l("Say what it was for.")), _LONG])


def filled(programme: Programme, contact: str) -> StandForm:
    """The form of a programme's change, as it stands."""
    given = {
        "place": programme.place,
        "contact": contact,
        "starts_on": programme.starts_on,
        "ends_on": last_day(programme),
    }
    if programme.discount_bps is None:
        return StandForm(**given)
    domains = "\n".join(row.domain for row in programme.domains)
    return CompanyForm(discount=programme.discount_bps, domains=domains, **given)
