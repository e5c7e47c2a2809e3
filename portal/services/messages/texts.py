"""Texts to clients and to who has an account: written down where they become necessary, sent when that is committed,
never to a client who said stop.

A text is enqueued in the transaction that makes it necessary, and sent by a thread of its own right after that
(`outbox`, `background_sender`): nobody waits for a carrier, and nobody gets a text twice.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import func, select, update

from commissions.refusal import Refusal

from ...adapters.delivery import DeliveryFailed
from ...adapters.sms.sender import Sms
from ...clock import day_start, local_day
from ...models import CareUse, Client, Person, SlotBooking, TextKind, TextMessage
from ...rules.privacy.consent import Purpose, opted_out
from ...rules.showings import arrival_code
from ...session import Session
from .. import contacts
from ..clients import lock_client
from ..contacts import Phone, vault_of
from ..faces import faces

_PARAMS = "text.params"


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


def enqueue_care(
    session: Session, now: datetime, use: CareUse, params: Mapping[str, str], *, key: str, expires_at: datetime
) -> TextMessage:
    """Write down a text by which a client is cared for. `services.care.limits` alone does so: it has taken one of the
    day's for it. Raises Refusal as `enqueue`."""
    lock_client(session, use.client_id)
    if refusal := refusal_of(session, now, use.client_id):
        raise refusal
    row = TextMessage(client_id=use.client_id, kind=TextKind.CARE, key=key, expires_at=expires_at, care_use_id=use.id)
    return _written(session, now, row, params)


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


def enqueue_to_stranger(
    session: Session,
    now: datetime,
    number: Phone,
    kind: TextKind,
    params: Mapping[str, str],
    *,
    key: str,
    expires_at: datetime,
) -> TextMessage | None:
    """Write down a text to a number of which nothing else is known; None where it is a client's who may not be texted.

    A client's texts count for that client, and none goes to who said stop.
    """
    client = session.scalar(select(Client).where(Client.phone_index == contacts.phone_index(session, number)))
    if client is not None:
        try:
            return enqueue(session, now, client.id, kind, params, key=key, expires_at=expires_at)
        except Refusal:
            return None
    row = TextMessage(number_sealed=contacts.seal_phone(session, number), kind=kind, key=key, expires_at=expires_at)
    return _written(session, now, row, params)


def enqueue_to_number(
    session: Session, now: datetime, person: Person, number: Phone, row: TextMessage, params: Mapping[str, str]
) -> TextMessage:
    """Write down a text about an account to a number that is not its own any more."""
    row.person_id, row.number_sealed = person.id, contacts.seal_phone(session, number)
    return _written(session, now, row, params)


def enqueue_last(
    session: Session, now: datetime, number: Phone, row: TextMessage, params: Mapping[str, str]
) -> TextMessage:
    """Write down what a number is told when its row is about to forget it: the number goes with the text, and who said
    stop is told all the same."""
    row.number_sealed = contacts.seal_phone(session, number)
    return _written(session, now, row, params)


def of_keys(session: Session, keys: Collection[str]) -> dict[str, TextMessage]:
    """The texts that were enqueued under these keys: whether they went out, or why not."""
    found = session.scalars(select(TextMessage).where(TextMessage.key.in_(keys))) if keys else ()
    return {one.key: one for one in found}


def take_report(session: Session, now: datetime, key: str, why: str | None) -> None:
    """Write down what a text's provider says of it, the first time: that it reached its phone, or why not."""
    silent = TextMessage.key == key, TextMessage.reported_at.is_(None)
    session.execute(update(TextMessage).where(*silent).values(reported_at=now, not_delivered=why))


def params_of(session: Session, row: TextMessage) -> Mapping[str, str]:
    """The values of a text that waits."""
    params: Mapping[str, str] = json.loads(vault_of(session).open_text(row.params_sealed or b"", _PARAMS))
    return params


def rewrite(session: Session, row: TextMessage, params: Mapping[str, str]) -> None:
    """Give a text that nobody took up these values; for who holds its row."""
    row.params_sealed = vault_of(session).seal_text(json.dumps(dict(params)), _PARAMS)


def _written(session: Session, now: datetime, row: TextMessage, params: Mapping[str, str]) -> TextMessage:
    rewrite(session, row, params)
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


def refusals_of(session: Session, now: datetime, client_ids: Collection[int]) -> Mapping[int, Refusal | None]:
    """`refusal_of` for several clients, by two queries."""
    agreed = faces.consents_of_clients(session, client_ids)
    day = TextMessage.client_id.in_(client_ids), TextMessage.created_at >= day_start(local_day(now))
    counts = session.execute(select(TextMessage.client_id, func.count()).where(*day).group_by(TextMessage.client_id))
    sent = {row[0]: row[1] for row in counts}
    return {
        client_id: arrival_code.refuse_text(
            now,
            opted_out=opted_out(agreed.get(client_id, []), Purpose.CONTACT, now),
            texts_today=sent.get(client_id, 0),
        )
        for client_id in client_ids
    }


def has_opted_out(session: Session, now: datetime, client_id: int) -> bool:
    """Whether the client said stop (退订) and has not agreed again since."""
    return opted_out(faces.consents_of(session, client_id=client_id), Purpose.CONTACT, now)


class Texts:
    """The outbox of texts: by whom they go out, and to whom not."""

    model: ClassVar[Any] = TextMessage
    sealed: ClassVar[tuple[str, ...]] = ("params_sealed", "number_sealed")

    def __init__(self, sms: Sms) -> None:
        self._sms = sms

    def unwanted(self, session: Session, now: datetime, row: TextMessage) -> str | None:
        answers = row.kind is TextKind.ERASURE  # who asked for it
        stopped = row.client_id is not None and not answers and has_opted_out(session, now, row.client_id)
        return "opted_out" if stopped else "called_off" if _is_void(session, row) else None

    def ready(self, session: Session, row: TextMessage) -> "_Ready":
        params = params_of(session, row)
        reader = row.client or row.person if row.number_sealed is None else None
        phone = contacts.open_phone(session, reader) if reader else contacts.open_number(session, row.number_sealed)
        return _Ready(self._sms, phone, row.kind, row.key, params, row.created_at)

    def settled(self, _session: Session, _now: datetime, _message_id: int, _failure: DeliveryFailed | None) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A text that can be handed over."""

    sms: Sms
    phone: Phone
    kind: TextKind
    key: str
    params: Mapping[str, str]
    since: datetime

    def send(self) -> str:
        return self.sms.send(self.phone.e164, self.kind, self.params, key=self.key)

    def was_taken(self) -> bool:
        return self.sms.has(self.phone.e164, key=self.key, since=self.since)


PASS_KEY = "slot-pass-"  # noqa: S105 - a card for the gate
"""What stands before a booking's number in the key of the text that brings its pass."""


def _is_void(session: Session, row: TextMessage) -> bool:
    """Whether it is the pass of a visit that was called off, or moved, before it went out."""
    if row.kind is not TextKind.SLOT_PASS:
        return False
    booking = session.get(SlotBooking, int(row.key.removeprefix(PASS_KEY)))
    return booking is not None and booking.ended_at is not None


def _texts_today(session: Session, now: datetime, client_id: int) -> int:
    today = select(func.count()).where(
        TextMessage.client_id == client_id, TextMessage.created_at >= day_start(local_day(now))
    )
    return session.scalar(today) or 0
