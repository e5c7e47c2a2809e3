"""Giving a client up, and making a protection longer once: a row, a receipt and a line in the log for each."""

from datetime import datetime

from sqlalchemy import exists, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import (
    ConflictCase,
    Person,
    Registration,
    RegistrationExtension,
    RegistrationRelease,
    Touch,
)
from ...rules.registrations.ending import Held, extended_until, refuse_release
from ...session import Session
from .. import audit, timekeeping
from ..claims import decision_receipts, rule_profiles, touches
from ..events.telling import Concerned, tell
from ..slots import bookings


def refusal_to_release(session: Session, now: datetime, registration: Registration) -> Refusal | None:
    """Why this client cannot be given up now, or None."""
    return refuse_release(_held(session, now, registration))


def release(session: Session, actor: Actor, now: datetime, registration: Registration, reason: str) -> None:
    """Give the client up: the protection ends now, and anybody may register the client.

    Raises Refusal: not_your_registration, and those of `refuse_release`.
    """
    if registration.carer.id != actor.id:
        raise Refusal("not_your_registration")
    touch = _locked(session, registration)
    if refusal := refusal_to_release(session, now, registration):
        raise refusal
    assert touch is not None, "the rule said that it holds the client"
    bookings.call_off_with(session, actor, now, registration)
    touch.retired_at = touch.protected_until = now
    session.flush()
    if touch.client_id is not None:
        touches.step_up(session, touch.development_id, touch.client_id)
    row = RegistrationRelease(registration=registration, released_by=actor.id, reason=reason, at=now)
    session.add(row)
    decision_receipts.of_release(session, now, row, session.get_one(Person, actor.id))
    audit.record(session, actor, now, "client_released", registration)
    whom = Concerned(None, registration.agency_id, registration.development_id)
    tell(session, actor, now, "client_released", registration, whom)


def most_days(session: Session, registration: Registration) -> int:
    """By how many days the rules of the registration's day let its protection be made longer; 0: not at all."""
    return rule_profiles.in_force(session, registration.development, registration.at).extension_days


def refusal_to_extend(session: Session, now: datetime, registration: Registration) -> Refusal | None:
    """Why this protection cannot be made longer now, or None."""
    most = most_days(session, registration)
    if registration.provisional:
        return Refusal("extension_provisional")
    try:
        extended_until(_held(session, now, registration), most, most)
    except Refusal as refusal:
        return refusal
    return None


def extend(
    session: Session, actor: Actor, now: datetime, registration: Registration, *, days: int, reason: str
) -> RegistrationExtension:
    """Make the protection longer by so many days, counted from its end.

    Raises Refusal: extension_provisional, and those of `extended_until`.
    """
    touch = _locked(session, registration)
    if registration.provisional:
        raise Refusal("extension_provisional")
    held = _held(session, now, registration)
    until = extended_until(held, most_days(session, registration), days)
    assert touch is not None, "the rule said that it holds the client"
    assert held.protected_until is not None, "the rule said that it ends"
    if not touches.extend(session, touch, until):
        raise Refusal("extension_nothing_held")
    row = RegistrationExtension(
        registration=registration,
        extended_by=actor.id,
        reason=reason,
        protected_until=held.protected_until,
        until=until,
        at=now,
    )
    session.add(row)
    decision_receipts.of_extension(session, now, row)
    audit.record(session, actor, now, "protection_extended", registration, days=days)
    whom = Concerned(registration.carer.id, registration.agency_id, registration.development_id)
    tell(session, actor, now, "protection_extended", registration, whom, protected_until_at=until)
    return row


def of_rival(session: Session, now: datetime, registration: Registration) -> RegistrationExtension | None:
    """The extension that keeps a registration out: who was refused for another's protection may know of it, and nobody
    who was refused for anything else learns that there is one."""
    if registration.code != "protected_by_other":
        return None
    return session.scalar(
        select(RegistrationExtension)
        .join(Registration, Registration.id == RegistrationExtension.registration_id)
        .join(Touch, Touch.id == Registration.touch_id)
        .where(
            Touch.development_id == registration.development_id,
            Touch.client_id == registration.client_id,
            Touch.retired_at.is_(None),
            Touch.protected_until > now,
            Registration.id != registration.id,
        )
        .order_by(RegistrationExtension.id.desc())
        .limit(1)
    )


def _locked(session: Session, registration: Registration) -> Touch | None:
    """The touch as it stands when every other transaction over it is through."""
    lock = select(Touch).where(Touch.id == registration.touch_id).with_for_update(of=Touch)
    return session.scalar(lock.execution_options(populate_existing=True))


def _held(session: Session, now: datetime, registration: Registration) -> Held:
    touch = registration.touch
    open_case = exists().where(
        ConflictCase.development_id == registration.development_id,
        ConflictCase.client_id == registration.client_id,
        ConflictCase.closed_at.is_(None),
    )
    return Held(
        protected_until=touch.protected_until if touch is not None else None,
        holds=touch is not None and touch.retired_at is None and not touch.over_at(timekeeping.trusted(session, now)),
        extended=session.scalar(select(exists().where(RegistrationExtension.registration_id == registration.id)))
        is True,
        in_conflict=not registration.unshown and session.scalar(select(open_case)) is True,
    )
