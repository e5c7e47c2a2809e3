"""A client given to a broker by a person's decision: a registration of its own, accepted at that instant, with its
receipt. The refused one stays as it was."""

from datetime import datetime

from ...access.actor import Actor
from ...models import Client, Outcome, Registration, TouchKind
from ...session import Session
from .. import audit, contacts
from ..claims import rule_profiles, search_terms, touches
from ..events.telling import Concerned, tell
from .registrations import issue_receipt


def grant(session: Session, actor: Actor, now: datetime, former: Registration, client: Client) -> Registration:
    """Register a client for the broker of a former registration. The caller has ended whoever held the client."""
    name, number = contacts.open_name(session, former.name_sealed), contacts.open_phone(session, client)
    development, broker = former.development, former.broker
    held = touches.NewTouch(
        development=development,
        client_id=client.id,
        kind=TouchKind.REGISTRATION,
        person=broker,
        agency=former.agency,
        name=name,
        until=rule_profiles.in_force(session, development, now).registered_until(now),
    )
    touch = touches.hold(session, now, held)
    assert touch is not None, "nobody holds the client any more, and the client is locked"
    row = Registration(
        development=development,
        client=client,
        broker=broker,
        agency=former.agency,
        touch=touch,
        name_sealed=contacts.seal_name(session, name),
        outcome=Outcome.ACCEPTED,
        code=None,
        at=now,
    )
    session.add(row)
    search_terms.keep(session, row, name, number)
    issue_receipt(session, now, row, touch, masked=(contacts.mask_name(name), number.masked))
    audit.record(session, actor, now, "client_given", row, registration=former.id)
    whom = Concerned(broker.id, former.agency_id, development.id)
    tell(session, actor, now, "registration_accepted", row, whom, protected_until_at=touch.protected_until)
    return row
