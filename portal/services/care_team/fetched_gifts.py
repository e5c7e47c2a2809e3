"""Gifts for a visit that clients fetch at the desk: their carer speaks with them the day after."""

from datetime import datetime, timedelta

from ...access.actor import Actor
from ...clock import local_day
from ...models import CareContact, CareFile, ContactOutcome, Touch, Voucher
from ...rules.care.plan import Channel
from ...session import Session
from ..care import files
from ..care.contacts import NewContact, log
from ..care.day import GIFT_FETCHED


def note(session: Session, actor: Actor, now: datetime, voucher: Voucher) -> CareContact | None:
    """Write down in a client's file that he fetched the gift of his visit, which is due to be spoken about tomorrow.

    None where the voucher names no client, or the client has no file: nobody cares for him yet.
    """
    file = _file_of(session, voucher)
    if file is None:
        return None
    tomorrow = local_day(now) + timedelta(days=1)
    fetched = NewContact(Channel.GIFT, now, ContactOutcome.REACHED, next_on=tomorrow, step=GIFT_FETCHED)
    return log(session, actor, now, file, fetched)


def _file_of(session: Session, voucher: Voucher) -> CareFile | None:
    """Whom the reference names: of a visit by its touch, of a friend who left his number by himself."""
    what, *rest = voucher.reference.split(":")
    if what == "visit":
        touch = session.get_one(Touch, int(rest[1]))
        return files.of_client(session, touch.development_id, touch.client_id) if touch.client_id else None
    if what == "lead":
        return files.of_client(session, int(rest[0]), int(rest[1]))
    return None
