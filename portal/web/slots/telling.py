"""Whether a client hears from us, by text, that a visit was called off."""

from ...models import SlotBooking, TextMessage
from ...services.slots import passes
from ..edge import config, db, now, send_texts_afterwards


def client_is_told(booking: SlotBooking) -> bool:
    """Text the client where such texts go out and the client may be texted; whether that is done."""
    if not config().texts(config().sms_slot_off_template):
        return False
    if told := isinstance(passes.text_called_off(db(), now(), booking), TextMessage):
        send_texts_afterwards()
    return told
