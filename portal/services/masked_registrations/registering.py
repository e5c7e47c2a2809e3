"""Registering by parts of a number (隐号报备).

Nothing of what is answered here depends on what others registered or brought: neither the outcome nor what it takes to
find it tells anybody whom a mask means (ADR 73).
"""

from dataclasses import replace
from datetime import datetime

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import (
    Development,
    Outcome,
    Person,
    Registration,
    Touch,
)
from ...rules.registrations.masks import Mask, is_masked
from ...rules.registrations.registration import HolderKind, OwningTouch, judge
from ...rules.registrations.surnames import readings
from ...session import Session
from .. import audit, contacts, timekeeping
from ..claims import masks, rule_profiles, touches
from ..registrations import grounds
from ..registrations.registrations import (
    Claimed,
    issue_receipt,
    lock_broker,
    register_client,
    tell_of,
)


def register(
    session: Session, actor: Actor, now: datetime, *, development_id: int, phone: str, name: str
) -> Registration:
    """Claim a client by what was given of the number: all of it, or parts. Raises the Refusals of either."""
    if is_masked(phone):
        return register_masked(session, actor, now, development_id=development_id, mask=phone, name=name)
    return register_client(session, actor, now, development_id=development_id, phone=phone, name=name)


def register_masked(
    session: Session, actor: Actor, now: datetime, *, development_id: int, mask: str, name: str
) -> Registration:
    """Claim a client by the first three and last four digits of a number and a surname: provisional or refused, stored
    with its receipt either way.

    A client who may be the broker's own already is answered with the registration that stands, which is not renewed;
    its `at` is then not `now`. Raises Refusal: invalid_mask, mask_needs_surname.
    """
    parts, now = Mask.read(mask), timekeeping.trusted(session, now)
    if not readings(name):
        raise Refusal("mask_needs_surname", field="name")
    broker = lock_broker(session, actor.id)
    known = grounds.of_registrant(session, now, broker, development_id)
    development = known.development
    standing = standing_of(session, now, broker, development.id, parts, name)
    facts = replace(
        known.facts,
        masked=True,
        holder=_mine(standing),
        given_up_until=_masks_given_up_until(session, broker, development, parts, name),
    )
    decision = judge(facts, known.policy, known.profile)
    if standing is not None and isinstance(decision, Refusal) and decision.code == "already_yours":
        return standing
    claimed: Claimed = (
        decision
        if isinstance(decision, Refusal)
        else touches.keep_place(session, now, development, broker, name=name, until=decision.protected_until)
    )
    touch = claimed if isinstance(claimed, Touch) else None
    registration = Registration(
        development=development,
        client=None,
        broker=broker,
        agency=broker.agency,
        touch=touch,
        name_sealed=contacts.seal_name(session, name),
        outcome=Outcome.PROVISIONAL if touch is not None else Outcome.REFUSED,
        code=decision.code if isinstance(decision, Refusal) else None,
        at=now,
    )
    session.add(registration)
    masks.keep(session, registration, parts, name)
    issue_receipt(session, now, registration, claimed, masked=(contacts.mask_name(name), str(parts)))
    said = {"outcome": registration.outcome, "code": registration.code}
    audit.record(session, actor, now, "client_registered", registration, **said)
    tell_of(session, actor, now, registration)
    return registration


def standing_of(
    session: Session, now: datetime, broker: Person, development_id: int, parts: Mask, name: str
) -> Registration | None:
    """The broker's own registration that may be of the same client: one by the same parts, or by a number that fits."""
    same = masks.own_running(session, now, broker, masks.alike(session, development_id, name, parts))
    ends_so = masks.own_running(session, now, broker, masks.with_tail(session, development_id, parts))
    return next(iter(same), None) or next((row for row in ends_so if masks.fits(session, row, parts, name)), None)


def _mine(standing: Registration | None) -> OwningTouch | None:
    touch = standing.touch if standing is not None else None
    return OwningTouch(HolderKind.MINE, touch.protected_until) if touch is not None else None


def _masks_given_up_until(
    session: Session, broker: Person, development: Development, parts: Mask, name: str
) -> datetime | None:
    """When the protection of the masked registration by these parts would have ended that the agency gave up last."""
    same = grounds.last_given_up(Registration.id.in_(masks.alike(session, development.id, name, parts)))
    at = session.scalar(same, {"development": development.id, "agency": broker.agency_id})
    return None if at is None else rule_profiles.in_force(session, development, at).registered_until(at)
