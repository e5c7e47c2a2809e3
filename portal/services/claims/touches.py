"""Touches: who holds a client in a development (rules 2.2, 2.3, 2.5).

Registrations, walk-ins and referral leads all take a client through `hold`, the one place where a touch is made.
Whoever is second learns it from the database's unique index, not from a look beforehand.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, joinedload

from ...models import Agency, Client, Development, Person, Touch, TouchKind
from .. import contacts, timekeeping
from ..inserts import insert_unless_there


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTouch:
    """Who is to hold which client in which development until when; `name` is what the client was called."""

    development: Development
    client: Client
    kind: TouchKind
    person: Person
    agency: Agency | None = None
    name: str
    until: datetime


def hold(session: Session, now: datetime, new: NewTouch) -> Touch | None:
    """Let a person's touch hold the client until then, or None when another holds it.

    A touch that has expired is retired in the same transaction, so at every instant at most one holds. A clock that is
    in doubt retires none (`timekeeping`).
    """
    _retire_expired(session, timekeeping.trusted(session, now), new.development.id, new.client.id)
    key = insert_unless_there(
        session,
        Touch,
        ("development_id", "client_id"),
        Touch.retired_at.is_(None),
        development_id=new.development.id,
        client_id=new.client.id,
        kind=new.kind,
        person_id=new.person.id,
        agency_id=new.agency.id if new.agency else None,
        name_sealed=contacts.seal_name(session, new.name),
        at=now,
        protected_until=new.until,
    )
    return session.get_one(Touch, key) if key is not None else None


def holder(session: Session, development_id: int, client_id: int, now: datetime) -> Touch | None:
    """The touch that holds the client and has not expired, with its person and agency."""
    return session.scalar(
        select(Touch)
        .where(
            Touch.development_id == development_id,
            Touch.client_id == client_id,
            Touch.retired_at.is_(None),
            or_(Touch.protected_until.is_(None), Touch.protected_until > timekeeping.trusted(session, now)),
        )
        .options(joinedload(Touch.person), joinedload(Touch.agency))
        # What another transaction has changed since this session last looked is exactly what is asked for.
        .execution_options(populate_existing=True)
    )


def extend(session: Session, touch: Touch, until: datetime | None) -> bool:
    """Protect longer: to the instant, or for good (None, a deal). Never shortens. False when it no longer holds."""
    later = Touch.protected_until.is_not(None) if until is None else Touch.protected_until < until
    session.execute(
        update(Touch).where(Touch.id == touch.id, Touch.retired_at.is_(None), later).values(protected_until=until)
    )
    session.refresh(touch)
    return touch.retired_at is None


def _retire_expired(session: Session, now: datetime, development_id: int, client_id: int) -> None:
    session.execute(
        update(Touch)
        .where(
            Touch.development_id == development_id,
            Touch.client_id == client_id,
            Touch.retired_at.is_(None),
            Touch.protected_until <= now,
        )
        .values(retired_at=now)
    )
