"""Who asks shows that the number is his: by a code out of a text, on the public page or at the privacy officer's.

Until the code is typed a page says the same for every number. Then it says what is true, since only the number's owner
reads it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Client, CodePurpose, ErasureOrigin, ErasureRequest, ErasureShown, Person
from ...session import Session
from .. import audit, contacts
from ..clients import find_client
from ..contacts import Phone
from ..messages import phone_codes, sealed_addresses
from ..messages.phone_codes import Page
from ..messages.sealed_addresses import Asked
from . import requests

_SEALED = "erasure"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a code: the requests that run now, and whether an account is open, which its owner leaves first."""

    requests: list[ErasureRequest]
    account_open: bool


def ask_code(session: Session, now: datetime, phone: str, *, owner: str, network: str) -> str:
    """Text a code to a number; what stands in the address of the next page.

    Raises Refusal: those of `phone_codes.send`; invalid_phone, phone_not_mobile.
    """
    number = contacts.parse_mobile(phone)
    phone_codes.send(session, now, _page(owner), number, network=network)
    return sealed_addresses.seal(session, now, _SEALED, {"phone": number.e164})


def asked_by(session: Session, now: datetime, token: str) -> Asked:
    """What stands in such an address. Raises Refusal(erasure_too_late): made up, or of an hour ago."""
    return Asked(**sealed_addresses.read(session, now, _SEALED, token, late=Refusal("erasure_too_late")))


def take_by_code(
    session: Session, now: datetime, asked: Asked, *, code: str, owner: str, address: str | None
) -> Taken | Refusal:
    """Take down what the number's owner asks for. A wrong code is answered by a refusal that is returned, for the try
    counts: those of `phone_codes.try_code`."""
    phone = Phone(asked.phone)
    shown = phone_codes.try_code(session, now, _page(owner), phone, code)
    if isinstance(shown, Refusal):
        return shown
    nobody = Actor(None, None, address=address)
    audit.record(session, nobody, now, "erasure_number_shown", shown)
    client, person = find_client(session, phone), _person(session, phone)
    found: list[Client | Person] = [] if client is None else [client]
    if person is not None and not person.active:
        found.append(person)
    taken = [requests.ask(session, nobody, now, one, ErasureOrigin.PAGE, shown_by=ErasureShown.CODE) for one in found]
    return Taken(taken, account_open=person is not None and person.active)


def text_to(session: Session, now: datetime, whose: Client | Person, *, owner: str, network: str) -> None:
    """Text a code to the number of who stands before the privacy officer. Raises Refusal: those of
    `phone_codes.send`."""
    phone_codes.send(session, now, _page(owner), contacts.open_phone(session, whose), network=network)


def take_at_officer(
    session: Session, actor: Actor, now: datetime, whose: Client | Person, *, code: str, owner: str
) -> ErasureRequest | Refusal:
    """Take down what somebody asks for who typed the code at the privacy officer's. A wrong one is returned."""
    shown = phone_codes.try_code(session, now, _page(owner), contacts.open_phone(session, whose), code)
    if isinstance(shown, Refusal):
        return shown
    return requests.ask(session, actor, now, whose, ErasureOrigin.OFFICER, shown_by=ErasureShown.CODE)


def _person(session: Session, phone: Phone) -> Person | None:
    return session.scalar(select(Person).where(Person.phone_index == contacts.phone_index(session, phone)))


def _page(owner: str) -> Page:
    """One page for all numbers, as for opting out."""
    return Page(CodePurpose.ERASURE, 0, owner, None)
