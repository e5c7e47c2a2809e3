"""Forms of who came by a code: the code typed by hand, what shows a workplace, one button."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from ..forms.public import PublicForm


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
