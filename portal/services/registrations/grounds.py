"""What a registration is decided on, but for who holds the client: read by one statement (ADR 110).

Whoever registers holds his own row, and on SQLite the whole database, until it is decided. So what he asks he asks at
once, by statements that stand ready: to make them anew for each registration took longer than to answer them.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from ...clock import day_start, local_day
from ...models import (
    PARTNERS,
    Agreement,
    Client,
    Development,
    Freeze,
    Person,
    Registration,
    RegistrationRelease,
    Role,
    SearchTerm,
)
from ...rules.judgements.profile import Profile
from ...rules.judgements.protection import Kind
from ...rules.partners.policy import Policy
from ...rules.registrations.masks import Mask
from ...rules.registrations.registration import Facts, PhoneOwner, Term
from ...session import Session
from .. import contacts
from ..accounts import freezes
from ..claims import known_clients, masks, rule_profiles, search_terms
from ..contacts import Phone


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for whom, and where: the client's number and name."""

    broker: Person
    development_id: int
    number: Phone
    name: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known of who registers and of the number, but for who holds the client.

    `client_id`: the client of this number, if there is one. `has_masks`: whether the broker registered anybody by parts
    of a number that runs.
    """

    development: Development
    policy: Policy
    profile: Profile
    facts: Facts
    client_id: int | None = None
    has_masks: bool = False


def of_registrant(session: Session, now: datetime, broker: Person, development_id: int) -> Grounds:
    """What is known of who registers, whoever the client is. The caller has locked the broker."""
    return _grounds(session, now, broker, session.execute(_of_registrant(), _asked(now, broker, development_id)).one())


def look(session: Session, now: datetime, asked: Asked) -> Grounds:
    """The same, and what is known of the number. The caller has locked the broker."""
    broker, parts = asked.broker, Mask.of(asked.number.e164)
    words = search_terms.mask_digests(session, asked.development_id, asked.name, parts) if parts is not None else []
    named = {"phone": contacts.phone_index(session, asked.number), "words": words}
    row = session.execute(_of_number(), _asked(now, broker, asked.development_id) | named).one()
    grounds = _grounds(session, now, broker, row)
    at = max((at for at in (row.given_up, row.given_up_by_parts) if at is not None), default=None)
    facts = replace(
        grounds.facts,
        phone_owner=_owner(broker, row.owner_id, row.owner_role),
        given_up_until=at and rule_profiles.in_force(session, grounds.development, at).registered_until(at),
        known_until=_known_until(session, grounds.development, row.known_since),
    )
    return replace(grounds, facts=facts, client_id=row.client_id, has_masks=row.has_masks)


def phone_owner(session: Session, broker: Person, phone: Phone) -> PhoneOwner:
    """Whose phone it is. People who have left may buy a home like anybody, and so may referrers."""
    whose = Person.phone_index == contacts.phone_index(session, phone), Person.deactivated_at.is_(None)
    owner = session.execute(select(Person.id, Person.role).where(*whose)).one_or_none()
    return _owner(broker, *(owner or (None, None)))


def last_given_up(*whose: ColumnElement[bool]) -> Select[datetime | None]:
    """When the agency (`agency`) registered those here (`development`) last whom it gave up."""
    of = Registration
    stmt = select(func.max(of.at)).join(RegistrationRelease, RegistrationRelease.registration_id == of.id)
    return stmt.where(of.development_id == bindparam("development"), of.agency_id == bindparam("agency"), *whose)


def _grounds(session: Session, now: datetime, broker: Person, row: Any) -> Grounds:
    policy = Policy.of(row.Development.policy)
    facts = Facts(
        now=now,
        agreement=Term(row.starts_on, row.ends_on) if row.starts_on is not None else None,
        agency_active=broker.agency is not None and broker.agency.deactivated_at is None,
        frozen_until=freezes.frozen_until(session, broker.id, now) if row.was_frozen else None,
        tried_today=row.tried_today,
    )
    profile = policy.profile if row.profile is None else rule_profiles.read(row.profile)
    return Grounds(row.Development, policy, profile, facts)


def _known_until(session: Session, development: Development, since: datetime | None) -> datetime | None:
    """Until when the developer's own protection runs, by the rules of the day from which it counts."""
    if since is None:
        return None
    return rule_profiles.in_force(session, development, since).known_until(since, Kind.LEAD)


def _owner(broker: Person, owner_id: int | None, role: Role | None) -> PhoneOwner:
    if owner_id is None or role is Role.REFERRER:
        return PhoneOwner.CLIENT
    if owner_id == broker.id:
        return PhoneOwner.REGISTRANT
    return PhoneOwner.PARTNER if role in PARTNERS else PhoneOwner.STAFF


# The statements


def _asked(now: datetime, broker: Person, development_id: int) -> dict[str, Any]:
    return {
        "broker": broker.id,
        "agency": broker.agency_id,
        "development": development_id,
        "now": now,
        "today": day_start(local_day(now)),
    }


@cache
def _of_registrant() -> Select[Any]:
    """Agreement (a closed development has none), tries of today, freezes, and the profile in force."""
    broker: BindParameter[int] = bindparam("broker")
    development: BindParameter[int] = bindparam("development")
    tried = select(func.count()).where(
        Registration.broker_id == broker,
        Registration.at >= bindparam("today"),
        Registration.development_id == development,
    )
    runs = and_(
        Agreement.development_id == Development.id,
        Agreement.agency_id == bindparam("agency"),
        Agreement.ended_at.is_(None),
        Development.closed_at.is_(None),
    )
    return (
        select(
            Development,
            Agreement.starts_on,
            Agreement.ends_on,
            tried.scalar_subquery().label("tried_today"),
            exists().where(Freeze.broker_id == broker, Freeze.lifted_at.is_(None)).label("was_frozen"),
            rule_profiles.text_in_force(development, bindparam("now")).scalar_subquery().label("profile"),
        )
        .outerjoin(Agreement, runs)
        .where(Development.id == development)
    )


@cache
def _of_number() -> Select[Any]:
    """The same, and whose the number is, whether it was given up, by itself or by its parts (`words`)."""
    owner = aliased(Person)
    phone: BindParameter[str] = bindparam("phone")
    development: BindParameter[int] = bindparam("development")
    by_parts = select(SearchTerm.registration_id).where(
        SearchTerm.digest.in_(bindparam("words", expanding=True)), SearchTerm.registration_id.is_not(None)
    )
    masked = Registration.client_id.is_(None), Registration.id.in_(by_parts)
    return (
        _of_registrant()
        .add_columns(
            Client.id.label("client_id"),
            owner.id.label("owner_id"),
            owner.role.label("owner_role"),
            last_given_up(Registration.client_id == Client.id).scalar_subquery().label("given_up"),
            known_clients.known_since(development, Client.id).scalar_subquery().label("known_since"),
            last_given_up(*masked).scalar_subquery().label("given_up_by_parts"),
            masks.running_of(bindparam("broker"), bindparam("now")).label("has_masks"),
        )
        .outerjoin(Client, Client.phone_index == phone)
        .outerjoin(owner, and_(owner.phone_index == phone, owner.deactivated_at.is_(None)))
    )
