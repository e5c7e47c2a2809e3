"""The question: which rules would decide whose client it is, over how many months, and where."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import InputRequired

from commissions.calendar import add_months

from ...services.registrations.judgement_facts import Asked
from ..forms.profiles import ProfileFields
from ..lists.arguments import number_of


class ProfileForm(ProfileFields):
    """A rule profile to try, and on which clients."""

    months = SelectField(_l("Clients of the last"), [InputRequired(_l("Choose one."))])
    development = SelectField(_l("Development"))

    def offer(self, developments: list[tuple[int, str]]) -> "ProfileForm":
        """Give the lists their choices."""
        self.offer_rules()
        self.months.choices = [(str(count), _("%(count)s months", count=count)) for count in (3, 6, 12)]
        self.development.choices = [("", _("All")), *((str(key), name) for key, name in developments)]
        self.development.data = self.development.data or ""
        return self

    def asked(self, now: datetime) -> Asked:
        """The days that are asked about, and where."""
        return Asked(add_months(now, -int(self.months.data)), number_of(self.development.data))
