"""Texts to clients and to who has an account: written down where they become necessary, sent when that is committed,
never to a client who said stop.

A text is enqueued in the transaction that makes it necessary (an outbox). `deliver_due` is called right after that
transaction and once a minute by the worker; it sends outside any transaction, so that nobody waits for a carrier. A
crash between sending and writing that down sends again: at least once, under the same key.
"""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from commissions.refusal import Refusal

from ..adapters.sms.sender import Sms, SmsFailed
from ..clock import day_start, local_day
from ..db import Database
from ..models import Person, TextKind, TextMessage
from ..rules import arrival_code
from ..rules.consent import Purpose, opted_out
from . import contacts, faces
from .clients import lock_client
from .contacts import Phone, vault_of
from .outbox import note_fault

log = logging.getLogger(__name__)

_PARAMS = "text.params"
_AT_ONCE = 100
_FIRST_RETRY = timedelta(minutes=1)


def enqueue(
    session: Session,
    now: datetime,
    client_id: int,
    kind: TextKind,
    params: Mapping[str, str],
    *,
    key: str,
    expires_at: datetime,
) -> TextMessage:
    """Write down a text to a client that has to go out before `expires_at`.

    Enqueuing for one client goes one after another, so that the day's limit holds. Raises Refusal: client_opted_out,
    texts_used_up.
    """
    lock_client(session, client_id)
    if refusal := refusal_of(session, now, client_id):
        raise refusal
    return _written(session, now, TextMessage(client_id=client_id, kind=kind, key=key, expires_at=expires_at), params)


def enqueue_to_owner(
    session: Session,
    now: datetime,
    person: Person,
    kind: TextKind,
    params: Mapping[str, str],
    *,
    key: str,
    expires_at: datetime,
) -> TextMessage:
    """Write down a text to the phone of an account: its owner is told, also who said stop as a client."""
    return _written(session, now, TextMessage(person_id=person.id, kind=kind, key=key, expires_at=expires_at), params)


def of_keys(session: Session, keys: Collection[str]) -> dict[str, TextMessage]:
    """The texts that were enqueued under these keys: whether they went out, or why not."""
    found = session.scalars(select(TextMessage).where(TextMessage.key.in_(keys))) if keys else ()
    return {one.key: one for one in found}


def _written(session: Session, now: datetime, row: TextMessage, params: Mapping[str, str]) -> TextMessage:
    row.params_sealed = vault_of(session).seal_text(json.dumps(dict(params)), _PARAMS)
    row.created_at = row.next_try_at = now
    row.attempts = 0
    session.add(row)
    session.flush()
    return row


def refusal_of(session: Session, now: datetime, client_id: int) -> Refusal | None:
    """Why the client may not be texted now, or None."""
    return arrival_code.refuse_text(
        now, opted_out=has_opted_out(session, now, client_id), texts_today=_texts_today(session, now, client_id)
    )


def has_opted_out(session: Session, now: datetime, client_id: int) -> bool:
    """Whether the client said stop (退订) and has not agreed again since."""
    return opted_out(faces.consents_of(session, client_id=client_id), Purpose.CONTACT, now)


def deliver_due(database: Database, sms: Sms, now: datetime) -> int:
    """Send what is due; how many went out. For edges, outside their transaction: every step has its own."""
    with database.reading() as session:
        due = select(TextMessage.id).where(TextMessage.next_try_at <= now).order_by(TextMessage.id).limit(_AT_ONCE)
        waiting = session.scalars(due).all()
    return sum(_deliver(database, sms, now, message_id) for message_id in waiting)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A text that this worker took up."""

    phone: Phone
    kind: TextKind
    key: str
    params: Mapping[str, str]


def _deliver(database: Database, sms: Sms, now: datetime, message_id: int) -> bool:
    with database.transaction() as session:
        if not _take_up(session, now, message_id):
            return False
    sent = _send(database, sms, message_id)
    with database.transaction() as session:
        if isinstance(sent, SmsFailed):
            _note_failure(session, now, message_id, sent)
            return False
        _settle(session, message_id, sent_at=now, provider_id=sent, failure=None)
    return True


def _send(database: Database, sms: Sms, message_id: int) -> str | SmsFailed:
    """Send a text that was taken up: the carrier's number of it, or why it did not go out."""
    try:
        with database.reading() as session:
            outgoing = _opened(session, session.get_one(TextMessage, message_id))
        return sms.send(outgoing.phone.e164, outgoing.kind, outgoing.params, key=outgoing.key)
    except SmsFailed as failure:
        log.warning("text not sent", extra={"text": message_id, "failure": failure.code, "for_good": failure.for_good})
        return failure
    except Exception as error:
        return SmsFailed(note_fault(log, error, text=message_id), for_good=False)


def _take_up(session: Session, now: datetime, message_id: int) -> bool:
    """Take a due text: whoever moves its next try first has it. One that is too late or unwanted is given up."""
    taken = session.scalar(
        update(TextMessage)
        .where(TextMessage.id == message_id, TextMessage.next_try_at <= now)
        .values(attempts=TextMessage.attempts + 1, next_try_at=now + _FIRST_RETRY)
        .returning(TextMessage.id)
    )
    if taken is None:
        return False
    row = session.get_one(TextMessage, message_id, populate_existing=True)
    row.next_try_at = now + _FIRST_RETRY * 2 ** (row.attempts - 1)
    opted = row.client_id is not None and has_opted_out(session, now, row.client_id)
    if now >= row.expires_at or opted:
        why = "expired" if now >= row.expires_at else "opted_out"
        _settle(session, message_id, given_up_at=now, failure=row.failure or why)
        return False
    return True


def _opened(session: Session, row: TextMessage) -> _Outgoing:
    params = json.loads(vault_of(session).open_text(row.params_sealed or b"", _PARAMS))
    reader = row.client or row.person
    assert reader is not None  # the database sees to it
    return _Outgoing(contacts.open_phone(session, reader), row.kind, row.key, params)


def _note_failure(session: Session, now: datetime, message_id: int, failure: SmsFailed) -> None:
    if failure.for_good:
        _settle(session, message_id, given_up_at=now, failure=failure.code)
    else:
        session.execute(update(TextMessage).where(TextMessage.id == message_id).values(failure=failure.code))


def _settle(session: Session, message_id: int, **values: object) -> None:
    """It is over with this text: what it said is forgotten."""
    session.execute(
        update(TextMessage).where(TextMessage.id == message_id).values(params_sealed=None, next_try_at=None, **values)
    )


def _texts_today(session: Session, now: datetime, client_id: int) -> int:
    today = select(func.count()).where(
        TextMessage.client_id == client_id, TextMessage.created_at >= day_start(local_day(now))
    )
    return session.scalar(today) or 0
