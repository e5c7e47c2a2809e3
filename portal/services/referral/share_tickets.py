"""The ticket by which pages are signed for WeChat's cards: fetched by the worker before the old one ends, kept sealed,
read by every page.

Whoever fetches takes the row first, so one process asks WeChat at a time; who dies on the way loses it after a while.
While WeChat is away the old ticket serves until its end, and then pages show no card: no page ever waits for it.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from ...models import ShareTicket
from ...session import Session
from ..contacts import vault_of

log = logging.getLogger(__name__)


TOKEN, TICKET = "share_tickets.token", "share_tickets.ticket"


def ticket(session: Session, now: datetime, app_id: str) -> str | None:
    """The ticket of an account, as long as it is good."""
    row = state(session, app_id)
    if row is None or row.ticket_sealed is None or row.ticket_ends_at is None or row.ticket_ends_at <= now:
        return None
    return vault_of(session).open_text(row.ticket_sealed, TICKET)


def state(session: Session, app_id: str) -> ShareTicket | None:
    """How it stands with an account's ticket; None where nobody asked for one yet."""
    return session.scalar(select(ShareTicket).where(ShareTicket.app_id == app_id))


def age(row: ShareTicket, now: datetime) -> timedelta | None:
    """How old the ticket is."""
    return None if row.fetched_at is None else now - row.fetched_at
