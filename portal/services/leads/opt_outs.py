"""Stop (退订): a phone's owner wants no more calls and texts, wherever the number came to us from.

A friend may also say it by the link of one lead (`leads.withdraw`); an answer "T" to any text ends every consent that
the number ever gave, to be contacted or to be named to a referrer. `texts` then sends nothing any more, not
even what waits.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Client, Consent
from ...rules.consent import CURRENT_VERSION, Purpose
from ...rules.stop_word import says_stop
from .. import audit, contacts
from ..clients import find_client, lock_client
from ..programmes import work_mails

_ENDED = (Purpose.CONTACT, Purpose.PROGRESS)


def take_answer(session: Session, now: datetime, *, phone: str, text: str, address: str | None) -> bool:
    """Read an answer to our texts; whether it was a stop of somebody we know. Nothing else of it is kept."""
    if not says_stop(text):
        return False
    try:
        client = find_client(session, contacts.parse_phone(phone))
    except Refusal:
        return False  # a number that no phone of ours can be
    if client is None:
        return False
    stop_contact(session, now, client, address=address)
    return True


def stop_contact(session: Session, now: datetime, client: Client, *, address: str | None) -> None:
    """From now on nobody may contact the client. Again changes nothing.

    The consents by which referrers read the surname end too. Who was never asked can say stop as well: that is kept as
    a consent which ended the instant it began, so it never held.
    """
    lock_client(session, client.id)
    asked = select(Consent).where(Consent.client_id == client.id, Consent.purpose.in_(_ENDED))
    consents = session.scalars(asked).all()
    given = any(one.purpose == Purpose.CONTACT for one in consents)
    holding = [one for one in consents if one.withdrawn_at is None]
    if given and not holding:
        return
    for one in holding:
        one.withdrawn_at = now
    if not given:
        version = CURRENT_VERSION[Purpose.CONTACT]
        never = Consent(client_id=client.id, purpose=Purpose.CONTACT, version=version, locale="", given_at=now)
        never.withdrawn_at = now
        session.add(never)
    work_mails.stop(session, now, client.id)
    audit.record(session, Actor(None, None, address=address), now, "contact_stopped", client)
