"""Stop (退订): a phone's owner wants no more calls and texts, wherever the number came to us from.

A friend may also say it by the link of one lead (`leads.withdraw`); an answer "T" to any text ends every consent that
the number ever gave, to be contacted or to be named to a referrer. `texts` then sends nothing any more, not
even what waits. Who has neither link nor text shows by a code that the number is theirs; what a page says on the way is
the same for every number, whether it is known to us or not.
"""

from datetime import datetime

from sqlalchemy import select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Client, CodePurpose, Consent
from ...rules.messages.stop_word import says_stop
from ...rules.privacy.consent import CURRENT_VERSION, Purpose
from ...session import Session
from .. import audit, contacts
from ..clients import find_client, lock_client
from ..contacts import Phone
from ..messages import phone_codes, sealed_addresses
from ..messages.phone_codes import Page
from ..messages.sealed_addresses import Asked
from ..programmes import work_mails

_ENDED = (Purpose.CONTACT, Purpose.PROGRESS)

_SEALED = "opt out"


def ask_code(session: Session, now: datetime, phone: str, *, owner: str, network: str) -> str:
    """Text a code to a number that wants to opt out; what stands in the address of the next page. `owner`: who asks, as
    the text names it.

    Raises Refusal: those of `phone_codes.send`; invalid_phone, phone_not_mobile.
    """
    number = contacts.parse_mobile(phone)
    phone_codes.send(session, now, _page(owner), number, network=network)
    return sealed_addresses.seal(session, now, _SEALED, {"phone": number.e164})


def asked_by(session: Session, now: datetime, token: str) -> Asked:
    """What stands in such an address. Raises Refusal(opt_out_too_late): made up, or of an hour ago."""
    return Asked(**sealed_addresses.read(session, now, _SEALED, token, late=Refusal("opt_out_too_late")))


def stop_by_code(
    session: Session, now: datetime, asked: Asked, *, code: str, owner: str, address: str | None
) -> Refusal | None:
    """Stop all contact with the number whose owner typed the code.

    A wrong code is answered by a refusal that is returned, for the try counts: those of `phone_codes.try_code`.
    """
    phone = Phone(asked.phone)
    shown = phone_codes.try_code(session, now, _page(owner), phone, code)
    if isinstance(shown, Refusal):
        return shown
    audit.record(session, Actor(None, None, address=address), now, "opt_out_shown", shown)
    client = find_client(session, phone)
    if client is not None:
        stop_contact(session, now, client, address=address)
    return None


def _page(owner: str) -> Page:
    """One page for all numbers: who opts out need not say of what. It has no number for a day, which strangers could
    use up for everybody: each network and each number has its own."""
    return Page(CodePurpose.OPT_OUT, 0, owner, None)


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
