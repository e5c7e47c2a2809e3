"""The number in full of who was registered by parts of it: typed at the site, and shown by a visit that counts."""

from datetime import datetime

from sqlalchemy import exists, select, update

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Client, MaskNumber, Registration, Showing, Touch, Verdict
from ...rules.registrations.masks import Mask
from ...rules.registrations.registration import PhoneOwner
from ...session import Session
from .. import audit, contacts, timekeeping
from ..claims import rule_profiles
from ..clients import find_or_create_client, lock_client
from ..registrations.grounds import last_given_up, phone_owner


def give_number(session: Session, actor: Actor, now: datetime, registration: Registration, phone: str) -> None:
    """Say in full whom a masked registration means: typed by the client, or under his eyes. It stands once a visit that
    counts has shown it; until there is a visit, another number may be given.

    Raises Refusal: not_your_registration, not_masked, registration_expired, mask_number_fixed, invalid_phone,
    phone_not_mobile, mask_misfit, self_dealing, given_up_lately.
    """
    if not actor.staff and registration.carer.id != actor.id:
        raise Refusal("not_your_registration")
    row, touch = registration.mask, registration.touch
    if row is None or touch is None:
        raise Refusal("not_masked")
    now = timekeeping.trusted(session, now)
    if touch.retired_at is not None or touch.over_at(now):
        raise Refusal("registration_expired")
    parts = Mask.read(contacts.open_mask(session, row))
    number = contacts.parse_mobile(parts.whole(phone))
    if not parts.fits(number.e164):
        raise Refusal("mask_misfit", field="phone", mask=str(parts))
    if phone_owner(session, registration.broker, number) is not PhoneOwner.CLIENT:
        raise Refusal("self_dealing", try_again_at=None, field="phone")
    client = find_or_create_client(session, now, number)
    lock_client(session, client.id)
    if touch.client_id == client.id:
        return
    session.refresh(touch)
    if row.answer is not None or _was_there(session, touch):
        raise Refusal("mask_number_fixed")
    given_up = _given_up_until(session, registration, client)
    if given_up is not None and registration.at < given_up:
        raise Refusal("given_up_lately", try_again_at=given_up)
    session.add(MaskNumber(mask_id=row.id, client_id=client.id, given_by=actor.id, at=now))
    session.flush()
    for model, key in ((Touch, touch.id), (Registration, registration.id)):
        session.execute(update(model).where(model.id == key).values(client_id=client.id))
    session.refresh(touch)
    session.refresh(registration)
    audit.record(session, actor, now, "mask_number_given", registration)


def _given_up_until(session: Session, row: Registration, client: Client) -> datetime | None:
    """When the registration of the client that the broker's agency gave up last would have ended without a showing."""
    whose = {"development": row.development_id, "agency": row.broker.agency_id}
    at = session.scalar(last_given_up(Registration.client_id == client.id), whose)
    return None if at is None else rule_profiles.in_force(session, row.development, at).registered_until(at)


def _was_there(session: Session, touch: Touch) -> bool:
    """Whether the client came to the site under the number that was given."""
    came = exists().where(Showing.touch_id == touch.id, Showing.verdict != Verdict.REJECTED)
    return session.scalar(select(came)) is True
