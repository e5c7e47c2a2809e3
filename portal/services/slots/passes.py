"""The pass of a booked visit: texted to the client, shown at the gate, read by reception."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import SHANGHAI, local_day
from ...models import SlotBooking, TextKind, TextMessage
from ...rules.messages.quiet_hours import earliest
from ...rules.slots.slot import Slot, minutes_off
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..messages import texts


def text_client(session: Session, now: datetime, booking: SlotBooking) -> TextMessage | Refusal | None:
    """Write down the text that brings the client the pass, once a booking; a refusal says why no text may reach the
    client. At night it waits for the morning, unless the visit would be over then."""
    return _text(session, now, booking, TextKind.SLOT_PASS, _pass_text(booking), {"token": booking.pass_key})


def text_called_off(session: Session, now: datetime, booking: SlotBooking) -> TextMessage | Refusal | None:
    """Write down the text that says that the visit is off, once a booking, as `text_client` does; None where the client
    need not be told: the visit is over, or the pass has not gone out and will not any more."""
    brought = texts.of_keys(session, [_pass_text(booking)]).get(_pass_text(booking))
    if booking.ends_at <= now or (brought is not None and brought.sent_at is None):
        return None
    return _text(session, now, booking, TextKind.SLOT_OFF, f"slot-off-{booking.id}", {})


def _text(
    session: Session, now: datetime, booking: SlotBooking, kind: TextKind, key: str, said: Mapping[str, str]
) -> TextMessage | Refusal | None:
    client_id = booking.registration.client_id
    if client_id is None:
        return Refusal("mask_has_no_number")
    if texts.of_keys(session, [key]):
        return None
    when = f"{booking.begins_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    params = {"development": booking.development.name, "when": when, **said}
    try:
        message = texts.enqueue(session, now, client_id, kind, params, key=key, expires_at=booking.ends_at)
    except Refusal as refusal:
        return refusal
    message.next_try_at = min(earliest(now), booking.begins_at)
    return message


def _pass_text(booking: SlotBooking) -> str:
    return f"{texts.PASS_KEY}{booking.id}"


def by_key(session: Session, key: str) -> SlotBooking | None:
    """The booking whose pass this is, however it stands."""
    return session.scalar(select(SlotBooking).where(SlotBooking.pass_key == key))


def receive(session: Session, actor: Actor, now: datetime, booking: SlotBooking) -> None:
    """The client is at the gate: written down once, and the broker is told. It is no check-in.

    Raises Refusal: slot_ended, slot_not_today.
    """
    if booking.ended_at is not None or booking.registration.touch is None or booking.registration.touch.retired_at:
        raise Refusal("slot_ended")
    if local_day(booking.begins_at) != local_day(now):
        raise Refusal("slot_not_today", visit=booking.begins_at)
    stmt = update(SlotBooking).where(SlotBooking.id == booking.id, SlotBooking.arrived_at.is_(None))
    first = session.scalar(stmt.values(arrived_at=now, received_by=actor.id).returning(SlotBooking.id)) is not None
    session.refresh(booking)
    if not first:
        return
    off = minutes_off(Slot(booking.begins_at, booking.ends_at), now)
    audit.record(session, actor, now, "slot_pass_read", booking, minutes_off=off)
    registration = booking.registration
    whom = Concerned(registration.carer.id, registration.agency_id, registration.development_id)
    tell(session, actor, now, "client_at_gate", booking, whom, registration=registration.id, visit_at=booking.begins_at)
