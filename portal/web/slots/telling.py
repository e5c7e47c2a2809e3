"""What a client hears by text of a visit that is booked or called off, and what the broker reads of that."""

from datetime import datetime

from flask import flash
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...models import SlotBooking, TextMessage
from ...services.slots import passes
from ...session import Session
from ..edge import config, db, now, send_texts_afterwards
from ..messages import say


def client_is_told(booking: SlotBooking) -> bool:
    """Text the client where such texts go out and the client may be texted; whether that is done."""
    if not config().texts(config().sms_slot_off_template):
        return False
    if told := isinstance(passes.text_called_off(db(), now(), booking), TextMessage):
        send_texts_afterwards()
    return told


def text_pass(session: Session, at: datetime, booking: SlotBooking) -> Refusal | None:
    """Text the client the pass; a refusal says why none goes out; None: one does, or this portal sends
    none."""
    if not config().texts(config().sms_slot_template):
        return None
    message = passes.text_client(session, at, booking)
    if isinstance(message, Refusal):
        return message
    send_texts_afterwards()
    return None


def say_booked(row: SlotBooking, *, moved: bool) -> None:
    """Text the client the pass where texts go out, and say whether that will be."""
    refused = text_pass(db(), now(), row)
    if not config().texts(config().sms_slot_template):
        flash(
            _("Moved. Send your client the new pass: the old one is void, and no text goes out from here.")
            if moved
            else _("Booked. Send your client the pass: no text goes out from here."),
            "success",
        )
    elif refused is not None:
        said = _("Booked. Your client gets no text from us, so send the pass yourself. %(why)s", why=say(refused))
        flash(said, "warning")
    else:
        flash(
            _("Moved. Your client gets the new pass by text; the old one is void.")
            if moved
            else _("Booked. Your client gets the pass by text."),
            "success",
        )
