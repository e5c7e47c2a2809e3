"""Links that are handed to people: with the public address in front, and shown once.

A link to choose a password is a secret for a week. It travels from the form that asked for it to the page that shows
it in the asker's own signed cookie, and is gone from there when it was shown.
"""

from flask import session as cookie
from flask import url_for

from ..models import Person
from ..services import people
from .edge import actor, config, db, now

_KEPT = "password_link"


def issue(person: Person) -> None:
    """Make a link by which the person chooses a password; the next `shown` shows it."""
    link = people.issue_link(db(), actor(), now(), person)
    address = f"{config().base_url.rstrip('/')}{url_for('auth.welcome', token=link.token)}"
    cookie[_KEPT] = (person.id, address)


def shown(person: Person) -> str | None:
    """The link that was just made for this person; not a second time."""
    owner, address = cookie.pop(_KEPT, (None, None))
    return address if owner == person.id else None
