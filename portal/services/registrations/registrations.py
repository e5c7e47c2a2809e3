"""Registering clients (报备): the claim a broker makes before the visit (rules 2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import (
    PARTNERS,
    Agreement,
    Client,
    Deal,
    Development,
    Milestone,
    MilestoneKind,
    Outcome,
    Person,
    Registration,
    RegistrationRelease,
    Role,
    Touch,
    TouchKind,
)
from ...rules.judgements.profile import AgencyPhones, Profile
from ...rules.partners.policy import Policy
from ...rules.registrations.masks import Mask
from ...rules.registrations.registration import Facts, HolderKind, OwningTouch, PhoneOwner, Term, judge
from ...session import Session
from .. import audit, contacts, timekeeping
from ..accounts import freezes
from ..claims import masks, receipts, rule_profiles, search_terms, touches
from ..claims.decision_receipts import party_facts
from ..clients import find_or_create_client
from ..contacts import Phone
from ..events.telling import Concerned, tell

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
    broker = lock_broker(session, actor.id)
    development = session.get_one(Development, development_id)
    by_parts = _own_mask(session, now, broker, development, number, name)
    if by_parts is not None:
        return by_parts
    client = find_or_create_client(session, now, number)
    decision = _claim(session, now, broker, development, client, number, name)
    if isinstance(decision, Refusal) and decision.code == "already_yours":
        return _standing(session, broker, development, client, now)
    registration = Registration(
        development=development,
        client=client,
        broker=broker,
        agency=broker.agency,
        touch=decision if isinstance(decision, Touch) else None,
        name_sealed=contacts.seal_name(session, name),
        outcome=Outcome.ACCEPTED if isinstance(decision, Touch) else Outcome.REFUSED,
        code=decision.code if isinstance(decision, Refusal) else None,
        at=now,
    )
    session.add(registration)
    search_terms.keep(session, registration, name, number)
    issue_receipt(session, now, registration, decision, masked=(contacts.mask_name(name), number.masked))
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


def _claim(
    session: Session,
    now: datetime,
    broker: Person,
    development: Development,
    client: Client,
    phone: Phone,
    name: str,
) -> Touch | Refusal:
    """Judge, then take the client. Who was overtaken in between is judged again, by what he then finds."""
    policy, profile = Policy.of(development.policy), rule_profiles.in_force(session, development, now)
    while True:
        facts = _facts(session, now, broker, development, client, phone)
        facts = replace(
            facts,
            sold_until=_sold_until(session, development, client, profile),
            given_up_until=given_up_until(session, broker, development, client, (phone, name)),
        )
        decision = judge(facts, policy, profile)
        if isinstance(decision, Refusal):
            return decision
        touch = touches.hold(
            session,
            now,
            touches.NewTouch(
                development=development,
                client=client,
                kind=TouchKind.REGISTRATION,
                person=broker,
                agency=broker.agency,
                name=name,
                until=decision.protected_until,
                holds=decision.holds,
            ),
        )
        if touch is not None:
            return touch


def _facts(
    session: Session, now: datetime, broker: Person, development: Development, client: Client, phone: Phone
) -> Facts:
    running = touches.running(session, development.id, client.id, now)
    holder = _own(running, broker) or touches.holding(running)
    return replace(
        facts_of_registrant(session, now, broker, development),
        phone_owner=phone_owner(session, broker, phone),
        holder=OwningTouch(_kind(holder, broker), holder.protected_until) if holder else None,
    )


def facts_of_registrant(
    session: Session,
    now: datetime,
    broker: Person,
    development: Development,
) -> Facts:
    """What is known of who registers, whoever the client is."""
    return Facts(
        now=now,
        agreement=_agreement(session, broker, development),
        agency_active=broker.agency is not None and broker.agency.deactivated_at is None,
        frozen_until=freezes.frozen_until(session, broker.id, now),
        tried_today=_tried_today(session, now, broker, development),
    )


def _own_mask(
    session: Session, now: datetime, broker: Person, development: Development, number: Phone, name: str
) -> Registration | None:
    """The broker's own registration by parts of this number, if one runs."""
    parts = Mask.of(number.e164)
    if parts is None or not masks.has_open(session, now, broker.id):
        return None
    of = masks.alike(session, development.id, name, parts)
    running = masks.own_running(session, now, broker, of)
    fitting = (row for row in running if row.client is None or contacts.open_phone(session, row.client) == number)
    return next(fitting, None)


def _agreement(session: Session, broker: Person, development: Development) -> Term | None:
    """The agreement between the broker's agency and the development; a closed development has none."""
    row = session.scalar(
        select(Agreement).where(
            Agreement.development_id == development.id,
            Agreement.agency_id == broker.agency_id,
            Agreement.ended_at.is_(None),
        )
    )
    return Term(row.starts_on, row.ends_on) if row and development.closed_at is None else None


def phone_owner(session: Session, broker: Person, phone: Phone) -> PhoneOwner:
    """Whose phone it is. People who have left may buy a home like anybody, and so may referrers."""
    owner = session.scalar(
        select(Person).where(
            Person.phone_index == contacts.phone_index(session, phone), Person.deactivated_at.is_(None)
        )
    )
    if owner is None or owner.role is Role.REFERRER:
        return PhoneOwner.CLIENT
    if owner.id == broker.id:
        return PhoneOwner.REGISTRANT
    return PhoneOwner.PARTNER if owner.role in PARTNERS else PhoneOwner.STAFF


def _tried_today(session: Session, now: datetime, broker: Person, development: Development) -> int:
    return session.scalars(
        select(func.count())
        .select_from(Registration)
        .where(
            Registration.broker_id == broker.id,
            Registration.at >= day_start(local_day(now)),
            Registration.development_id == development.id,
        )
    ).one()


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


def _sold_until(session: Session, development: Development, client: Client, profile: Profile) -> datetime | None:
    """Until when the profile lets nobody come after the client's latest subscription here, also a cancelled one."""
    if not profile.after_subscription_days:
        return None
    here = Deal.development_id == development.id, Deal.client_id == client.id
    subscribed = select(func.max(Milestone.at)).join(Deal).where(*here, Milestone.kind == MilestoneKind.SUBSCRIBED)
    at = session.scalar(subscribed)
    return None if at is None else profile.sold_until(at)


def given_up_until(
    session: Session,
    broker: Person,
    development: Development,
    client: Client,
    called: tuple[Phone, str] | None = None,
) -> datetime | None:
    """When the registration that the broker's agency gave up last would have ended without a showing; `called`: also
    one by parts of this number, under this name."""
    of = Registration
    whose: ColumnElement[bool] = of.client_id == client.id
    parts = Mask.of(called[0].e164) if called is not None else None
    if called is not None and parts is not None:
        whose = or_(whose, of.client_id.is_(None) & of.id.in_(masks.alike(session, development.id, called[1], parts)))
    at = session.scalar(
        select(func.max(of.at))
        .join(RegistrationRelease, RegistrationRelease.registration_id == of.id)
        .where(of.development_id == development.id, whose, of.agency_id == broker.agency_id)
    )
    return None if at is None else rule_profiles.in_force(session, development, at).registered_until(at)


def _standing(
    session: Session, broker: Person, development: Development, client: Client, now: datetime
) -> Registration:
    """The broker's registration that stands already."""
    held = _own(touches.running(session, development.id, client.id, now), broker)
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
