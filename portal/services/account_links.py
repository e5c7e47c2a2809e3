"""Links to choose a password on their way to who they are for: by text to the account's phone, past who asked.

Whoever could read a link of somebody else's account could be that person. So the one who asks for a link never sees it
where texts go out (docs/adr).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from ..access.actor import Actor
from ..models import PasswordLink, Person, TextKind, TextMessage
from . import people, text_messages


def text_link(session: Session, actor: Actor, now: datetime, person: Person) -> TextMessage:
    """Make a link and send it to the phone of the account. Raises Refusal: those of `people.issue_link`."""
    link = people.issue_link(session, actor, now, person)
    kind, params = TextKind.ACCOUNT_LINK, {"token": link.token}
    key = _key(link.row)
    return text_messages.enqueue_to_owner(session, now, person, kind, params, key=key, expires_at=link.until)


def text_of(session: Session, link: PasswordLink) -> TextMessage | None:
    """The text that took a link to its owner; None for one that was handed over."""
    return text_messages.of_key(session, _key(link))


def _key(link: PasswordLink) -> str:
    return f"password-link-{link.id}"
