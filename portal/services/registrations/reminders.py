"""Reminders: a broker who was refused a client is told when he may try again, if he wants to be.

What is told then is what another try would answer: that nobody holds the client any more, or that somebody still does.
"""

from datetime import datetime

from sqlalchemy import select, update

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Registration, RegistrationReminder
from ...session import Session
from .. import audit
from ..claims import receipts
from ..inserts import insert_unless_there


def reminds_at(session: Session, registration: Registration) -> datetime | None:
    """When the broker of a refused registration is reminded; None where he did not ask."""
    wanted = RegistrationReminder.registration_id == registration.id, RegistrationReminder.cancelled_at.is_(None)
    return session.scalar(select(RegistrationReminder.remind_at).where(*wanted))


def ask(session: Session, actor: Actor, now: datetime, registration: Registration) -> None:
    """Remind the registration's broker. Again changes nothing.

    Raises Refusal: not_your_registration; nothing_to_remind_of where there is no time to wait for.
    """
    _check_own(actor, registration)
    text = receipts.receipt_of(session, registration).facts["try_again_at"]
    remind_at = datetime.fromisoformat(text) if text else None
    if remind_at is None or remind_at <= now:
        raise Refusal("nothing_to_remind_of")
    key = insert_unless_there(
        session,
        RegistrationReminder,
        ("registration_id",),
        registration_id=registration.id,
        remind_at=remind_at,
        asked_at=now,
    )
    if key is not None or _set_cancelled(session, registration, None):
        audit.record(session, actor, now, "reminder_asked", registration)


def cancel(session: Session, actor: Actor, now: datetime, registration: Registration) -> None:
    """Do not remind after all. Again changes nothing. Raises Refusal: not_your_registration."""
    _check_own(actor, registration)
    if _set_cancelled(session, registration, now):
        audit.record(session, actor, now, "reminder_cancelled", registration)


def _check_own(actor: Actor, registration: Registration) -> None:
    if registration.carer.id != actor.id:
        raise Refusal("not_your_registration")


def _set_cancelled(session: Session, registration: Registration, at: datetime | None) -> bool:
    """Whether that changed anything."""
    was = RegistrationReminder.cancelled_at
    other = was.is_(None) if at is not None else was.is_not(None)
    changed = (
        update(RegistrationReminder)
        .where(RegistrationReminder.registration_id == registration.id, other)
        .values(cancelled_at=at)
        .returning(RegistrationReminder.id)
    )
    return session.scalar(changed) is not None
