"""Registering clients (报备): the claim a broker makes before the visit (rules 2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import (
    Deal,
    Milestone,
    MilestoneKind,
    Outcome,
    Person,
    Registration,
    Touch,
    TouchKind,
)
from ...rules.judgements.profile import AgencyPhones
from ...rules.registrations.masks import Mask
from ...rules.registrations.registration import HolderKind, OwningTouch, judge
from ...session import Session
from .. import audit, contacts, timekeeping
from ..claims import masks, receipts, rule_profiles, search_terms, touches
from ..claims.decision_receipts import party_facts
from ..clients import add_client
from ..contacts import Phone
from ..events.telling import Concerned, tell
from . import grounds
from .grounds import Asked, Grounds

Claimed = Touch | Refusal
"""What comes of a claim: a touch, or why there is none."""


def register_client(
    session: Session, actor: Actor, now: datetime, *, development_id: int, phone: str, name: str
) -> Registration:
    """Claim a client for a development: accepted or refused, stored with its receipt either way.

    A client who is the broker's own already, also by parts of the number, is answered with the registration that
    stands, which is not renewed; its `at` is then not `now`. Raises Refusal(invalid_phone).
    """
    number, now = contacts.parse_mobile(phone), timekeeping.trusted(session, now)
    asked = Asked(lock_broker(session, actor.id), development_id, number, name)
    claimed: Touch | Refusal | None = None
    while claimed is None:  # who was overtaken is judged again, by what he then finds
        known = grounds.look(session, now, asked)
        standing = _own_mask(session, now, asked) if known.has_masks else None
        if standing is not None:
            return standing
        client_id = known.client_id or add_client(session, now, number)
        claimed = _claim(session, now, asked, known, client_id) if client_id is not None else None
    if isinstance(claimed, Refusal) and claimed.code == "already_yours":
        return _standing(session, asked, client_id, now)
    touch = claimed if isinstance(claimed, Touch) else None
    registration = session.store(
        Registration(
            development_id=development_id,
            client_id=client_id,
            broker_id=asked.broker.id,
            agency_id=asked.broker.agency_id,
            touch_id=touch.id if touch is not None else None,
            name_sealed=contacts.seal_name(session, name),
            outcome=Outcome.ACCEPTED if touch is not None else Outcome.REFUSED,
            code=claimed.code if isinstance(claimed, Refusal) else None,
            at=now,
        ),
        **{"development": known.development, "broker": asked.broker, "agency": asked.broker.agency, "touch": touch},
    )
    search_terms.keep(session, registration, name, number)
    issue_receipt(session, now, registration, claimed, masked=(contacts.mask_name(name), number.masked))
    facts = {"outcome": registration.outcome, "code": registration.code}
    audit.record(session, actor, now, "client_registered", registration, **facts)
    tell_of(session, actor, now, registration)
    return registration


def tell_of(session: Session, actor: Actor, now: datetime, row: Registration) -> None:
    """Tell the broker, and the agency's systems, how it was decided."""
    whom = Concerned(row.broker.id, row.agency.id, row.development.id)
    if row.touch is not None:
        kind = "registration_accepted" if row.touch.holds_from is not None else "registration_runs"
        kind = "mask_registered" if row.outcome is Outcome.PROVISIONAL else kind
        tell(session, actor, now, kind, row, whom, protected_until_at=row.touch.protected_until)
    else:
        tell(session, actor, now, "registration_refused", row, whom, code=row.code)


def reveal_contact(session: Session, actor: Actor, now: datetime, registration: Registration) -> Phone:
    """The client's phone in plain; who saw it is written down (rules 9).

    Raises Refusal: mask_has_no_number; phone_of_colleague where the rules show it to who cares for the client alone.
    """
    if registration.client is None:
        raise Refusal("mask_has_no_number")
    if not may_see_phone(session, actor, registration):
        raise Refusal("phone_of_colleague")
    audit.record(session, actor, now, "phone_revealed", registration)
    return contacts.open_phone(session, registration.client)


def may_see_phone(session: Session, actor: Actor, registration: Registration) -> bool:
    """Whether the actor may see the client's phone in full: who cares for the client, who receives him, and where the
    rules say so his whole agency."""
    if actor.staff or registration.carer.id == actor.person_id:
        return True
    profile = rule_profiles.in_force(session, registration.development, registration.at)
    return profile.agency_phones is AgencyPhones.FULL


def lock_broker(session: Session, broker_id: int) -> Person:
    """The broker, one registration at a time: so that the daily limit counts, and a double tap finds the first."""
    lock = select(Person).where(Person.id == broker_id).with_for_update(of=Person, key_share=True)
    return session.scalars(lock).one()


def _claim(session: Session, now: datetime, asked: Asked, known: Grounds, client_id: int) -> Touch | Refusal | None:
    """Judge, then take the client; None where another has taken him in between."""
    met, broker = known.client_id is not None, asked.broker
    running = touches.running(session, asked.development_id, client_id, now) if met else ()
    holder = _own(running, broker) or touches.holding(running)
    facts = replace(
        known.facts,
        holder=OwningTouch(_kind(holder, broker), holder.protected_until) if holder else None,
        sold_until=_sold_until(session, known, client_id) if met else None,
    )
    decision = judge(facts, known.policy, known.profile)
    if isinstance(decision, Refusal):
        return decision
    return touches.hold(
        session,
        now,
        touches.NewTouch(
            development=known.development,
            client_id=client_id,
            kind=TouchKind.REGISTRATION,
            person=broker,
            agency=broker.agency,
            name=asked.name,
            until=decision.protected_until,
            holds=decision.holds,
            met=met,
        ),
    )


def _own_mask(session: Session, now: datetime, asked: Asked) -> Registration | None:
    """The broker's own registration by parts of this number, if one runs."""
    parts, number = Mask.of(asked.number.e164), asked.number
    if parts is None:
        return None
    of = masks.alike(session, asked.development_id, asked.name, parts)
    running = masks.own_running(session, now, asked.broker, of)
    fitting = (row for row in running if row.client is None or contacts.open_phone(session, row.client) == number)
    return next(fitting, None)


def _kind(holder: Touch, broker: Person) -> HolderKind:
    if holder.kind is TouchKind.WALK_IN:
        return HolderKind.WALK_IN
    return HolderKind.MINE if _is_own(holder, broker) else HolderKind.OTHER


def _own(running: Sequence[Touch], broker: Person) -> Touch | None:
    """The broker's own registration of the client that runs, whether it keeps others out or not."""
    return next((touch for touch in running if _is_own(touch, broker)), None)


def _is_own(touch: Touch, broker: Person) -> bool:
    return (
        touch.kind is TouchKind.REGISTRATION
        and touch.carer.id == broker.id
        and touch.agency_id == broker.agency_id  # who changed agencies left his clients' touches there
    )


def _sold_until(session: Session, known: Grounds, client_id: int) -> datetime | None:
    """Until when the profile lets nobody come after the client's latest subscription here, also a cancelled one."""
    if not known.profile.after_subscription_days:
        return None
    here = Deal.development_id == known.development.id, Deal.client_id == client_id
    subscribed = select(func.max(Milestone.at)).join(Deal).where(*here, Milestone.kind == MilestoneKind.SUBSCRIBED)
    at = session.scalar(subscribed)
    return None if at is None else known.profile.sold_until(at)


def _standing(session: Session, asked: Asked, client_id: int | None, now: datetime) -> Registration:
    """The broker's registration that stands already."""
    assert client_id is not None, "a claim was judged"
    held = _own(touches.running(session, asked.development_id, client_id, now), asked.broker)
    assert held is not None, "the rule said that a touch of the broker stands"
    return session.scalars(select(Registration).where(Registration.touch_id == held.id)).one()


def issue_receipt(
    session: Session, now: datetime, registration: Registration, decision: Claimed, masked: tuple[str, str]
) -> None:
    """The receipt of a registration, for its broker; `masked` are the client's name and phone."""
    name, phone = masked
    if isinstance(decision, Touch):
        decided: dict[str, object] = {
            "rule": _rule_of(registration, decision),
            "protected_until": decision.protected_until,
            "try_again_at": None,
            "evidence": {"contact": decision.id},
        }
    else:
        decided = {
            "rule": decision.code,
            "protected_until": None,
            "try_again_at": decision.facts["try_again_at"],
            "evidence": {},
        }
    receipts.issue(
        session,
        now,
        registration,
        registration.broker.id,
        {
            "development": registration.development.name,
            "client_name": name,
            "client_phone": phone,
            "outcome": registration.outcome.value,
            **decided,
            **party_facts(registration.broker),
        },
    )


def _rule_of(registration: Registration, touch: Touch) -> str:
    if registration.outcome is Outcome.PROVISIONAL:
        return "mask_provisional"
    return "first_contact" if touch.holds_from else "first_visit"
