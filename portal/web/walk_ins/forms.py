"""The form by which reception signs a visitor in."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice

from ...models import Lead
from ..registrations.forms import ClientForm


def _number(typed: str | int | None) -> int | None:
    """The answer that was chosen: 0 is one, and nothing at all is none."""
    try:
        return int("" if typed is None else typed)
    except ValueError:  # nothing that is offered
        return None


class WalkInForm(ClientForm):
    """Who came; and, where invitations wait for this number, by which."""

    invited_by = RadioField(_l("Who invited the visitor"), choices=[], coerce=_number, validate_choice=False)

    def ask(self, invitations: Sequence[Lead]) -> None:
        """Offer those who say that they invited the visitor."""
        if not invitations:
            return
        names = [SelectChoice(one.id, one.referrer.person.name) for one in invitations]
        self.invited_by.flags.required = True
        self.invited_by.choices = [*names, SelectChoice(0, _("Nobody of these"))]
