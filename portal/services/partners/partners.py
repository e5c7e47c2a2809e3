"""Developments, agencies and agreements as lists: what a page of them asks for."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import local_day
from ...models import Agency, Agreement, Development, Person
from ...models.payees import OfPayee
from ...session import Session

MOST_CHOICES = 200
"""So many agencies can be chosen from in a list's filter."""


class AgencyState(StrEnum):
    """Whether an agency's people may come in."""

    ACTIVE = "active"
    DEACTIVATED = "deactivated"


class AgreementState(StrEnum):
    """Whether an agreement holds today."""

    ACTIVE = "active"
    UPCOMING = "upcoming"
    ENDED = "ended"


def developments(actor: Actor, *, find: str = "") -> Select[Development]:
    """The developments that the actor may see, by a part of their name or city."""
    stmt = visible(actor, Development)
    if find.strip():
        text = find.strip()
        stmt = stmt.where(
            Development.name.icontains(text, autoescape=True) | Development.city.icontains(text, autoescape=True)
        )
    return stmt


def agencies(actor: Actor, *, find: str = "", state: AgencyState | None = None) -> Select[Agency]:
    """The agencies that the actor may see, by a part of their name."""
    stmt = visible(actor, Agency)
    if find.strip():
        stmt = stmt.where(Agency.name.icontains(find.strip(), autoescape=True))
    if state is not None:
        closed = Agency.deactivated_at.is_not(None)
        stmt = stmt.where(closed if state is AgencyState.DEACTIVATED else ~closed)
    return stmt


def agency_state(agency: Agency) -> AgencyState:
    """How an agency stands."""
    return AgencyState.ACTIVE if agency.deactivated_at is None else AgencyState.DEACTIVATED


def people_count(session: Session, agency: Agency) -> int:
    """How many open accounts an agency has."""
    open_accounts = (Person.agency_id == agency.id) & Person.deactivated_at.is_(None)
    return session.scalars(select(func.count(Person.id)).where(open_accounts)).one()


def agreements(
    actor: Actor,
    now: datetime,
    *,
    development_id: int | None = None,
    agency_id: int | None = None,
    state: AgreementState | None = None,
) -> Select[Agreement]:
    """The agreements that the actor may see, narrowed by the list's filters."""
    stmt = visible(actor, Agreement).options(joinedload(Agreement.development), joinedload(Agreement.agency))
    if development_id is not None:
        stmt = stmt.where(Agreement.development_id == development_id)
    if agency_id is not None:
        stmt = stmt.where(Agreement.agency_id == agency_id)
    if state is not None:
        today = local_day(now)
        over = Agreement.ended_at.is_not(None) | (Agreement.ends_on.is_not(None) & (Agreement.ends_on <= today))
        begun = Agreement.starts_on <= today
        wanted = {
            AgreementState.ENDED: over,
            AgreementState.UPCOMING: ~over & ~begun,
            AgreementState.ACTIVE: ~over & begun,
        }
        stmt = stmt.where(wanted[state])
    return stmt


def agreement_state(agreement: Agreement, now: datetime) -> AgreementState:
    """How an agreement stands today; its last day is the one before `ends_on`."""
    today = local_day(now)
    if agreement.ended_at is not None or (agreement.ends_on is not None and agreement.ends_on <= today):
        return AgreementState.ENDED
    return AgreementState.ACTIVE if agreement.starts_on <= today else AgreementState.UPCOMING


def open_developments(session: Session) -> list[Development]:
    """Where visitors may come."""
    return list(session.scalars(select(Development).where(Development.closed_at.is_(None)).order_by(Development.name)))


def all_developments(session: Session, actor: Actor) -> Sequence[Development]:
    """The developments that the actor may see, by name, the closed ones among them."""
    return session.scalars(visible(actor, Development).order_by(Development.name)).all()


def development_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """The developments to choose from, by name."""
    return [(row.id, row.name) for row in all_developments(session, actor)]


def agency_choices(session: Session, actor: Actor, *, open_only: bool = False) -> list[tuple[int, str]]:
    """The agencies to choose from, by name."""
    stmt = agencies(actor, state=AgencyState.ACTIVE if open_only else None)
    return [(row.id, row.name) for row in session.scalars(stmt.order_by(Agency.name))]


def agency_filter(session: Session, actor: Actor, chosen: int | None = None) -> list[tuple[int, str]]:
    """The agencies that a list can be narrowed to; only the chosen one where they are too many to choose from.

    Such a list is searched by name instead: twenty thousand choices would make every page a megabyte.
    """
    stmt = agencies(actor)
    if len(session.scalars(stmt.with_only_columns(Agency.id).limit(MOST_CHOICES + 1)).all()) > MOST_CHOICES:
        stmt = stmt.where(Agency.id == chosen)
    return [(row.id, row.name) for row in session.scalars(stmt.order_by(Agency.name))]


def payee_named(model: type[OfPayee], part: str) -> ColumnElement[bool]:
    """Whether a row's payee has a part of a name, for the search of a list."""
    ids = (select(kind.id).where(kind.name.icontains(part.strip(), autoescape=True)) for kind in (Agency, Person))
    return or_(*(column.in_(found) for column, found in zip((model.agency_id, model.person_id), ids, strict=True)))
