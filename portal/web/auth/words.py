"""Why a sign-in has ended, and after how long it does, in words."""

from datetime import timedelta

from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...models import Role, WebSession
from ...services.accounts.sign_in import Ended
from ..edge import config, idle
from ..messages import say

_HOUR = timedelta(hours=1)


def ended_words(row: WebSession, why: Ended) -> str:
    """What a person reads who finds the sign-in ended."""
    if why is Ended.IDLE:
        return _("You were signed out: nothing was done here for %(span)s.", span=_span(row.person.role))
    if why is Ended.OVER:
        return _("You were signed out: a sign-in lasts %(days)s days.", days=config().session_days)
    if why is Ended.SIGNED_OUT:
        return _("This device was signed out from another one, or because the password was changed.")
    return say(Refusal("account_closed" if row.person.deactivated_at is not None else "agency_closed"))


def idle_words(role: Role) -> str:
    """After how long without use a sign-in of this role ends."""
    return _("A device is signed out when nothing is done on it for %(span)s.", span=_span(role))


def _span(role: Role) -> str:
    span = idle().after(role)
    if span < _HOUR or span % _HOUR:
        return _("%(minutes)s minutes", minutes=span // timedelta(minutes=1))
    return _("%(hours)s hours", hours=span // _HOUR)
