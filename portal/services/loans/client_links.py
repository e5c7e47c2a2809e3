"""Links by which a client sees something without an account: where the loan stands, or a promise to confirm.

What stands in an address is signed and names a row, so a link can be revoked, and holds for some weeks. One of a thing
holds at a time: making another revokes the one before.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...access.actor import Actor
from ...models import ClientLink, Deal, Development, TextKind, TextMessage
from ...rules.messages.quiet_hours import earliest
from ...session import Session
from .. import audit
from ..inserts import insert_unless_there
from ..messages import texts

HOLDS = timedelta(days=60)
"""For so long a link is good."""

_TEXT_WAITS = timedelta(days=2)
_PURPOSE = "client link"
_STANDS = text("revoked_at IS NULL")


def make(
    session: Session, actor: Actor, now: datetime, *, deal: Deal | None = None, promise_id: int | None = None
) -> ClientLink:
    """A new link to a deal's loan, or to a promise; the one before is good no longer."""
    revoke(session, actor, now, deal=deal, promise_id=promise_id)
    one = "deal_id" if deal is not None else "promise_id"
    values: dict[str, Any] = {
        "deal_id": deal.id if deal else None,
        "promise_id": promise_id,
        "made_by": actor.id,
        "made_at": now,
        "expires_at": now + HOLDS,
    }
    key = insert_unless_there(session, ClientLink, (one,), _STANDS, **values)
    if key is None:  # somebody made one in the same instant: it serves as well
        found = standing(session, deal=deal, promise_id=promise_id)
        assert found is not None
        return found
    row = session.get_one(ClientLink, key)
    audit.record(session, actor, now, "client_link_made", row, deal_id=row.deal_id, promise_id=promise_id)
    return row


def revoke(
    session: Session, actor: Actor, now: datetime, *, deal: Deal | None = None, promise_id: int | None = None
) -> bool:
    """End the link to a deal's loan, or to a promise; whether there was one."""
    stmt = update(ClientLink).where(_of(deal, promise_id), ClientLink.revoked_at.is_(None))
    gone = session.scalars(stmt.values(revoked_at=now, revoked_by=actor.person_id).returning(ClientLink)).all()
    for row in gone:
        audit.record(session, actor, now, "client_link_revoked", row, deal_id=row.deal_id, promise_id=promise_id)
    return bool(gone)


def standing(session: Session, *, deal: Deal | None = None, promise_id: int | None = None) -> ClientLink | None:
    """The link that was not revoked, good or over."""
    return session.scalar(select(ClientLink).where(_of(deal, promise_id), ClientLink.revoked_at.is_(None)))


def token_of(link: ClientLink, key: bytes) -> str:
    """What stands in the link's address."""
    return sign_link(_PURPOSE, str(link.id), key, link.expires_at)


def by_token(session: Session, token: str, key: bytes, now: datetime) -> ClientLink:
    """The link of an address. Raises Refusal: link_invalid; link_expired, also for one that was revoked."""
    number = int(verify_link(token, _PURPOSE, key, now))
    stmt = select(ClientLink).where(ClientLink.id == number).options(joinedload(ClientLink.deal))
    link = session.scalar(stmt)
    if link is None:
        raise Refusal("link_invalid")
    if link.revoked_at is not None:
        raise Refusal("link_expired", expired_at=link.revoked_at)
    return link


def text_client(
    session: Session, now: datetime, link: ClientLink, client_id: int, development: Development, token: str
) -> TextMessage | Refusal:
    """Write down the text that brings the link, once a link; a refusal says why no text may reach the client. It is no
    advertising: what was bought is spoken of. At night it waits for the morning."""
    key = f"client-link-{link.id}"
    if there := texts.of_keys(session, [key]):
        return there[key]
    said = {"token": token, "development": development.name}
    kind, until = TextKind.CLIENT_LINK, now + _TEXT_WAITS
    try:
        message = texts.enqueue(session, now, client_id, kind, said, key=key, expires_at=until)
    except Refusal as refusal:
        return refusal
    message.next_try_at = earliest(now)
    return message


def _of(deal: Deal | None, promise_id: int | None) -> ColumnElement[bool]:
    return ClientLink.deal_id == deal.id if deal is not None else ClientLink.promise_id == promise_id
