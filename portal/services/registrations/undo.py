"""Taking a fresh registration back: by another row, a receipt and a line in the log, never by deleting (rules 2.7).

The touch ends at that instant, so anybody may register the client; the try counts for the day's limit as ever, so that
nobody learns by trying and taking back who is protected.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import ArrivalCode, Deal, Registration, RegistrationWithdrawal, Showing, SiteScan, Touch
from ...rules.registrations.registration import ClaimFacts, refuse_undo
from ...session import Session
from .. import audit, contacts
from ..claims import receipts
from ..claims.decision_receipts import party_facts
from ..slots import bookings


def refusal_of(session: Session, now: datetime, registration: Registration) -> Refusal | None:
    """Why this registration cannot be taken back now, or None."""
    touch = registration.touch
    holds = touch is not None and touch.retired_at is None and touch.protected_until is not None
    built_on = touch is not None and bool(session.scalar(select(or_(*_built_on(touch, registration)))))
    return refuse_undo(now, ClaimFacts(registration.at, holds, built_on))


def withdraw(session: Session, actor: Actor, now: datetime, registration: Registration) -> RegistrationWithdrawal:
    """Take the actor's own registration back. Raises Refusal: not_your_registration, and those of `refuse_undo`."""
    if registration.carer.id != actor.id:
        raise Refusal("not_your_registration")
    touch = session.scalar(
        select(Touch)
        .where(Touch.id == registration.touch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if refusal := refusal_of(session, now, registration):
        raise refusal
    assert touch is not None, "the rule said that it holds the client"
    bookings.call_off_with(session, actor, now, registration)
    touch.retired_at = touch.protected_until = now
    row = RegistrationWithdrawal(registration=registration, broker_id=actor.id, at=now)
    session.add(row)
    _issue_receipt(session, now, row)
    audit.record(session, actor, now, "registration_withdrawn", registration)
    return row


def _built_on(touch: Touch, registration: Registration) -> list[ColumnElement[bool]]:
    """What may have come of a touch."""
    places = (Showing.touch_id, ArrivalCode.touch_id, SiteScan.touch_id)
    found: list[ColumnElement[bool]] = [exists().where(place == touch.id) for place in places]
    if not registration.unshown:
        found.append(exists().where(Deal.client_id == touch.client_id, Deal.development_id == touch.development_id))
    return found


def _issue_receipt(session: Session, now: datetime, row: RegistrationWithdrawal) -> None:
    registration = row.registration
    name = contacts.open_name(session, registration.name_sealed)
    receipts.issue(
        session,
        now,
        row,
        row.broker_id,
        {
            "development": registration.development.name,
            "client_name": contacts.mask_name(name),
            "client_phone": contacts.masked_phone(session, registration),
            "outcome": "withdrawn",
            "rule": Refusal("registration_withdrawn").code,
            "registration": registration.id,
            "protected_until": None,
            "try_again_at": None,
            **party_facts(registration.carer),
        },
    )
