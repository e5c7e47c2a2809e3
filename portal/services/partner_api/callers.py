"""Who acts when an agency's own system asks: the agency, in the name of who answers for it.

A deed needs a person (`Actor`): a key acts in the name of its agency's principal, the one with the oldest account that
is open. Where a broker is named, the deed is his. Rows and permissions are those of the pages.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Agency, ApiKey, Person, Role
from ...rules.partner_api import networks
from ...rules.partner_api.keys import KeyFacts, Mode, Scope, why_shut
from ...session import Session
from . import keys


@dataclass(frozen=True, slots=True)
class Caller:
    """An agency's system that has shown its key."""

    key_id: int
    key_name: str
    mode: Mode
    agency_id: int
    scopes: frozenset[Scope]
    actor: Actor
    version: str
    to_be_noted: bool
    """Whether the last use that is known of the key is of some time ago."""

    def check(self, scope: Scope) -> None:
        """Refuse with `api_scope_missing` what the key was not made for."""
        if scope not in self.scopes:
            raise Refusal("api_scope_missing", scope=scope.value)


def caller(session: Session, text: str, now: datetime, address: str | None) -> Caller:
    """Who shows this key. Raises Refusal: api_key_unknown, api_key_elsewhere, and those of `why_shut`."""
    row = keys.find(session, text)
    if row is None:
        raise Refusal("api_key_unknown")
    principal = _principal(session, row.agency_id)
    active = row.agency.deactivated_at is None
    if refusal := why_shut(KeyFacts(row.expires_at, row.revoked_at, active, principal is not None), now):
        raise refusal
    if not networks.allows(row.networks, address):
        raise Refusal("api_key_elsewhere", address=address or "?")
    assert principal is not None, "the rule said that there is one"
    return Caller(
        key_id=row.id,
        key_name=row.name,
        mode=row.mode,
        agency_id=row.agency_id,
        scopes=known_scopes(row),
        actor=replace(Actor.of(principal, address), api_key=row.name),
        version=row.version,
        to_be_noted=keys.is_news(row, now),
    )


def in_sandbox(session: Session, real: Caller) -> Caller:
    """The same system in its sandbox, which `session` is of: for the agency that stands first there."""
    principal = _principal(session, session.scalars(select(Agency.id).order_by(Agency.id).limit(1)).one())
    assert principal is not None, "a sandbox is made with one"
    acting = replace(Actor.of(principal, real.actor.address), api_key=real.key_name)
    return replace(real, agency_id=principal.agency_id or 0, actor=acting)


def known_scopes(row: ApiKey) -> frozenset[Scope]:
    """What the key may do, by the scopes that there still are."""
    return frozenset(scope for scope in Scope if scope.value in row.scopes)


def in_the_name_of(acting: Actor, broker: Person | None) -> Actor:
    """Who a client is registered for: the broker who is named, otherwise the principal himself.

    Raises Refusal(api_broker_unknown) for who is no open account of the own agency.
    """
    if broker is None:
        return acting
    if broker.agency_id != acting.agency_id or broker.deactivated_at is not None:
        raise Refusal("api_broker_unknown", field="broker")
    return replace(Actor.of(broker, acting.address), api_key=acting.api_key)


def _principal(session: Session, agency_id: int) -> Person | None:
    return session.scalar(
        select(Person)
        .where(Person.agency_id == agency_id, Person.role == Role.PRINCIPAL, Person.deactivated_at.is_(None))
        .order_by(Person.id)
        .limit(1)
    )
