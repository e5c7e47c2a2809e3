"""Links to choose a password on their way to who they are for: by text to the account's phone, past who asked.

Whoever could read a link of somebody else's account could be that person. So the one who asks for a link never sees it
where texts go out (ADR 0010).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from ...access.actor import Actor
from ...models import Person, TextKind, TextMessage
from ..messages import texts
from . import people
from .password_links import Link


def text_link(session: Session, actor: Actor, now: datetime, person: Person) -> TextMessage:
    """Make a link and send it to the phone of the account. Raises Refusal: those of `people.issue_link`."""
    return send(session, now, people.issue_link(session, actor, now, person))


def send(session: Session, now: datetime, link: Link) -> TextMessage:
    """Send a link that was made to the phone of the account."""
    kind, params, key = TextKind.ACCOUNT_LINK, {"token": link.token}, key_of(link.row.id)
    return texts.enqueue_to_owner(session, now, link.row.person, kind, params, key=key, expires_at=link.until)


def key_of(link_id: int) -> str:
    """The key of the text that takes a link to its owner, by the link's number."""
    return f"password-link-{link_id}"
