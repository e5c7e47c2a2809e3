"""Clients, one for each phone (rules 2.1)."""

from datetime import datetime

from sqlalchemy import bindparam, select

from ..models import Client
from ..session import Session
from . import contacts
from .contacts import Phone
from .inserts import insert_unless_there

_BY_PHONE = select(Client).where(Client.phone_index == bindparam("phone"))


def find_client(session: Session, phone: Phone) -> Client | None:
    """The client with this phone."""
    return session.scalar(_BY_PHONE, {"phone": contacts.phone_index(session, phone)})


def find_or_create_client(session: Session, now: datetime, phone: Phone) -> Client:
    """The client with this phone, who is known from now on. Two who ask at once get the same one."""
    client = find_client(session, phone)
    if client is not None:
        return client
    add_client(session, now, phone)
    return session.scalars(_BY_PHONE, {"phone": contacts.phone_index(session, phone)}).one()


def add_client(session: Session, now: datetime, phone: Phone) -> int | None:
    """Make a client of a phone that is not known yet; None where somebody else was faster."""
    return insert_unless_there(
        session,
        Client,
        ("phone_index",),
        phone_sealed=contacts.seal_phone(session, phone),
        phone_index=contacts.phone_index(session, phone),
        created_at=now,
    )


def lock_client(session: Session, client_id: int) -> None:
    """What concerns one client's consent, texts and codes goes one after another. Take it before any other lock."""
    session.execute(select(Client.id).where(Client.id == client_id).with_for_update(key_share=True))
