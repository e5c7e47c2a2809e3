"""What became of texts at their phones where the provider never said so by itself: it is asked, a few times in three
days, and then no more.

Providers push reports (`hooks/sms/…/reports`); one that is lost, or that nobody set up, leaves a text at "handed over".
Asking is bounded: so many texts a round, and each at four ages. Who asks notes it first, so that two workers share the
texts out and one that is killed leaves the text to its next age.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update

from ...adapters.delivery import DeliveryFailed
from ...adapters.sms.sender import Sms
from ...clock import Clock
from ...db import Database
from ...models import TextKind, TextMessage
from ...session import Session
from .. import contacts
from . import texts

log = logging.getLogger(__name__)

AGES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(hours=72))
"""How old a text is when it is asked for. Carriers try for three days; the list goes back thirty."""
A_ROUND = 20
"""Texts a round, of which there is one every five minutes."""
TO_OTHER_NUMBERS = (TextKind.PHONE_CHANGE, TextKind.PHONE_CODE, TextKind.INVITATION, TextKind.ERASURE)
"""What may have gone to a number that is its reader's no more, or that nothing is kept of: nobody could ask for it."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A text whose report is asked for."""

    key: str
    phone: str
    number: str
    sent_at: datetime


def run_due(database: Database, sms: Sms, clock: Clock) -> int:
    """Ask for the reports that are overdue; how many came. For the worker, outside its transactions."""
    came = 0
    for message_id, asks in _due(database, clock()):
        asked = _take(database, message_id, asks)
        if asked is None:
            continue
        try:
            report = sms.report(asked.phone, key=asked.key, number=asked.number, sent_at=asked.sent_at)
        except DeliveryFailed as failure:
            log.warning("no report of a text", extra={"number": message_id, "failure": failure.code})
            return came  # it would say no more of the next one
        if report is not None:
            with database.transaction() as session:
                texts.take_report(session, clock(), report.key, report.why)
            came += 1
    return came


def _due(database: Database, now: datetime) -> Sequence[tuple[int, int]]:
    """Texts that have reached an age at which they are asked for, the oldest first; and how often they were."""
    of = TextMessage
    silent = of.sent_at.is_not(None), of.reported_at.is_(None), of.provider_id != "", of.kind.not_in(TO_OTHER_NUMBERS)
    known = or_(of.client_id.is_not(None), of.person_id.is_not(None))
    ages = or_(*(and_(of.report_asks == asks, of.sent_at <= now - age) for asks, age in enumerate(AGES)))
    lately = of.sent_at > now - AGES[-1] - timedelta(days=1)
    stmt = select(of.id, of.report_asks).where(*silent, known, ages, lately).order_by(of.sent_at, of.id).limit(A_ROUND)
    with database.reading() as session:
        return [(row.id, row.report_asks) for row in session.execute(stmt)]


def _take(database: Database, message_id: int, asks: int) -> _Asked | None:
    """Note that a text is asked for; None where another worker did, or where its report has come."""
    with database.transaction() as session:
        mine = TextMessage.id == message_id, TextMessage.report_asks == asks, TextMessage.reported_at.is_(None)
        noted = update(TextMessage).where(*mine).values(report_asks=asks + 1)
        if session.scalar(noted.returning(TextMessage.id)) is None:
            return None
        row = session.get_one(TextMessage, message_id)
        if row.sent_at is None:
            return None
        phone = _phone(session, row)
        return None if phone is None else _Asked(row.key, phone, row.provider_id or "", row.sent_at)


def _phone(session: Session, row: TextMessage) -> str | None:
    """The number that it went to; None where that was erased since."""
    reader = row.client or row.person
    return contacts.open_phone(session, reader).e164 or None if reader is not None else None
