"""Links to choose a password: texted to the phone of who they are for, and shown to nobody where texts go out.

Where none do (no provider, or no template for it) somebody has to hand the link over. Then it is shown once to who
asked: it travels from the form to the next page in the asker's own signed cookie, and is gone when it was shown. A link
of an account that moves money is never shown, there it comes from the shell.
"""

from flask import flash, url_for
from flask import session as cookie
from flask_babel import gettext as _

from ..models import Person
from ..services import contacts
from ..services.accounts import links as account_links
from ..services.accounts import people
from .edge import actor, config, db, now, send_texts_afterwards

_KEPT = "password_link"


def hand_over(person: Person) -> None:
    """Make a link by which the person chooses a password, and send it there; or let the next `shown` show it."""
    if config().texts(config().sms_password_template):
        account_links.text_link(db(), actor(), now(), person)
        send_texts_afterwards()
        tell_sent(person)
        return
    link = people.issue_link(db(), actor(), now(), person)
    cookie[_KEPT] = (person.id, address_of(link.token))


def tell_sent(person: Person) -> None:
    """Say where the link goes."""
    phone = contacts.open_phone(db(), person).masked
    words = _("A link to choose a password goes to %(phone)s by text. It works once, within 7 days.", phone=phone)
    flash(words, "success")


def address_of(token: str) -> str:
    """Where a link leads, as it stands in a text."""
    return f"{config().base_url.rstrip('/')}{url_for('auth.welcome', token=token)}"


def shown(person: Person) -> str | None:
    """The link that was just made for this person; not a second time."""
    owner, address = cookie.pop(_KEPT, (None, None))
    return address if owner == person.id else None
