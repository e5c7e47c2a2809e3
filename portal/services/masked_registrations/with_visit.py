"""Registering a client and booking the visit in one transaction: the place is kept as the registration stands.

The registration never waits for the place: whose client somebody is decides itself by the order of arrival, and a time
that filled up in the same second costs the broker that time alone.
"""

from dataclasses import dataclass
from datetime import datetime

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Person, Registration, SlotBooking
from ...rules.registrations.masks import Mask, is_masked
from ...session import Session
from .. import contacts, timekeeping
from ..clients import find_or_create_client, lock_client
from ..slots import bookings, hours
from ..slots.bookings import Wanted
from .registering import register, standing_of


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration, and the visit that was booked with it, or why none was. Neither where none was wanted, or where
    the registration itself was refused."""

    registration: Registration
    booking: SlotBooking | None = None
    unbooked: Refusal | None = None


def register_with_visit(
    session: Session, actor: Actor, now: datetime, wanted: Wanted | None, *, development_id: int, phone: str, name: str
) -> Registered:
    """Claim a client as `register` does, and keep a place for his visit where the registration stands.

    What stands against the visit undoes no registration. Raises the Refusals of `register`.
    """
    if wanted is not None:
        bookings.keep_open(session, development_id)
        _lock(session, actor, now, development_id, phone, name)
    row = register(session, actor, now, development_id=development_id, phone=phone, name=name)
    if wanted is None or row.touch is None:
        return Registered(row)
    session.flush()
    try:
        with session.begin_nested():
            opened = hours.opened(session, now, development_id)
            return Registered(row, bookings.book_locked(session, actor, now, row, opened, wanted))
    except Refusal as refusal:
        return Registered(row, unbooked=refusal)


def _lock(session: Session, actor: Actor, now: datetime, development_id: int, phone: str, name: str) -> None:
    """What is booked of one client goes one after another; and the client is locked before the broker is."""
    if not is_masked(phone):
        lock_client(session, find_or_create_client(session, now, contacts.parse_mobile(phone)).id)
        return
    broker = session.get_one(Person, actor.id)
    standing = standing_of(session, timekeeping.trusted(session, now), broker, development_id, Mask.read(phone), name)
    if standing is not None:
        bookings.lock(session, standing)
