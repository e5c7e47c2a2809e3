"""Who is registered and waits learns that somebody else's visit has the client now (ADR 61)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...models import Registration, Touch
from ...session import Session
from ..events.telling import Concerned, tell


def tell_who_waits(session: Session, actor: Actor, now: datetime, touch: Touch) -> None:
    """A visit gave the client to this touch: whose registrations run beside it and keep nobody out are told, once."""
    if touch.holds_from is None:
        return
    beside = (
        Touch.development_id == touch.development_id,
        Touch.client_id == touch.client_id,
        Touch.holds_from.is_(None),
        Touch.retired_at.is_(None),
        Touch.protected_until > now,
    )
    stmt = select(Registration).join(Registration.touch).where(*beside).order_by(Registration.id)
    for row in session.scalars(stmt.options(joinedload(Registration.broker), joinedload(Registration.successor))):
        once = f"overtaken:{row.id}:{touch.id}"
        whom = Concerned(row.carer.id, row.agency_id, row.development_id, once=once)
        tell(session, actor, now, "registration_overtaken", row, whom)
