"""The form by which reception signs a visitor in."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice

from ...models import Lead
from ..registrations.forms import ClientForm


def _number(typed: str | int | None) -> int | None:
    try:
        return int(typed or "")
    except ValueError:  # nothing that is offered
        return None


class WalkInForm(ClientForm):
    """Who came; and, where invitations wait for this number, by which."""

    invited_by = RadioField(_l("Ask the visitor: who invited you?"), choices=[], coerce=_number, validate_choice=False)

    def ask(self, invitations: Sequence[Lead]) -> None:
        """Offer those who say that they invited the visitor."""
        if not invitations:
            return
        names = [SelectChoice(one.id, one.referrer.person.name) for one in invitations]
        self.invited_by.choices = [*names, SelectChoice(0, _("Nobody of these"))]
