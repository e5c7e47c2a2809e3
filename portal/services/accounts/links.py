"""Links to choose a password on their way to who they are for: by text to the account's phone, past who asked.

Whoever could read a link of somebody else's account could be that person. So the one who asks for a link never sees it
where texts go out (ADR 0010). The number that an account leaves is told so too: its owner may be the only one who did
not know.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from ...access.actor import Actor
from ...clock import local_day
from ...models import PasswordLink, Person, TextKind, TextMessage
from ...rules.accounts import accounts as rule
from ...session import Session
from .. import contacts
from ..contacts import Phone
from ..messages import texts
from . import people
from .password_links import Link

_DAY = timedelta(days=1)
_TOLD_FOR = timedelta(days=7)


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


def ask(session: Session, now: datetime, phone: str, *, address: str) -> bool:
    """Text a link to the account of this phone, if there is one that may have it; whether a text was written down.

    Whoever forgot the password asks, or anybody; so the page answers the same whatever happens here. Never for an
    account that moves money, and a few times a day. Raises Refusal(invalid_phone).
    """
    index = contacts.phone_index(session, contacts.parse_phone(phone))
    person = session.scalar(select(Person).where(Person.phone_index == index).with_for_update(of=Person))
    if person is None or not person.active or contacts.is_programme(session, person):
        return False
    asked = select(PasswordLink.issued_at).where(
        PasswordLink.person_id == person.id, PasswordLink.issued_by == person.id, PasswordLink.issued_at > now - _DAY
    )
    if not rule.own_link_goes_out(now, person.role, session.scalars(asked).all()):
        return False
    actor = Actor.of(person, address)
    send(session, now, people.make_link(session, actor, now, person, lasts=rule.OWN_LINK_LASTS))
    return True


def tell_former_number(session: Session, now: datetime, person: Person, former: Phone) -> None:
    """Tell the number of before that its account has another one since now."""
    key = f"phone-change-{person.id}-{now:%Y%m%d%H%M%S%f}"
    row = TextMessage(kind=TextKind.PHONE_CHANGE, key=key, expires_at=now + _TOLD_FOR)
    texts.enqueue_to_number(session, now, person, former, row, {"day": local_day(now).isoformat()})
