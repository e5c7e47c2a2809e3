"""What waits for a successor: found in the tables each time that it is asked for, so nobody keeps a list in step.

Whose holder cannot do it any more waits: the account is closed, has another role, or works for another agency.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, literal, or_, select, union_all

from ...access.actor import Actor
from ...access.care_scope import in_care
from ...models import Agency, LeadNote, Person, Role, Touch, Work
from ...models.hand_overs.hand_overs import latest_to
from ...session import Session
from . import kinds


@dataclass(frozen=True, slots=True)
class Item:
    """A thing of the staff's: its id, the number that it is known by, and since when it has been its holder's."""

    id: int
    about: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody whose work waits: how much of each kind, and since when the oldest of it has been his."""

    person: Person
    counts: Mapping[Work, int]

    @property
    def count(self) -> int:
        """All of it together."""
        return sum(self.counts.values())


def left_work(session: Session, actor: Actor, now: datetime) -> list[Left]:
    """Who left work behind that the actor may hand over, the most first."""
    found: defaultdict[int, dict[Work, int]] = defaultdict(dict)
    holders = []
    for work in kinds.works_of(actor):
        of_work: tuple[Any, ...] = (literal(work.value), Person.id, func.count())
        rows = ownerless(work, now, actor.agency_id).with_only_columns(*of_work, maintain_column_froms=True)
        holders.append(rows.group_by(Person.id))
    for work, person_id, count in session.execute(union_all(*holders)) if holders else ():
        found[person_id][Work(work)] = count
    people = session.scalars(select(Person).where(Person.id.in_(found)).order_by(Person.id))
    return sorted((Left(one, found[one.id]) for one in people), key=lambda left: -left.count)


def to_hand_over(actor: Actor, now: Any) -> CompoundSelect[Any]:
    """The ids of all that waits and that the actor may hand over; for the staff also the clients of agencies without a
    principal, which wait for an account for one."""
    every = [ownerless(work, now, actor.agency_id) for work in kinds.works_of(actor)]
    if actor.staff:
        every.append(ownerless(Work.CLIENTS, now, None).where(Touch.agency_id.not_in(_led())))
    return union_all(*every)


def in_hand(actor: Actor, now: datetime, work: Work, person_id: int) -> Select[Any]:
    """The ids of what a person has in hand of this kind, as far as the actor may hand it over. He may be there yet."""
    kind = kinds.kind_of(work, now)
    stmt = select(kind.id).where(*kind.wants)
    if work not in kinds.works_of(actor):
        return stmt.where(kind.id.is_(None))
    if work is Work.CLIENTS:
        return stmt.where(in_care(Touch, Touch.person_id, Touch.id, person_id), Touch.agency_id == actor.agency_id)
    return stmt.where(_holder(work, now) == person_id)


def counts_in_hand(session: Session, actor: Actor, now: datetime, person_id: int) -> Mapping[Work, int]:
    """How much a person has in hand of each kind that the actor may hand over; none is left out."""
    works = kinds.works_of(actor)
    if not works:
        return {}
    rows = {work: in_hand(actor, now, work, person_id).subquery() for work in works}
    counts = [select(literal(work.value), func.count()).select_from(row) for work, row in rows.items()]
    return {Work(work): number for work, number in session.execute(union_all(*counts)) if number}


def holder_of(session: Session, work: Work, key: int, own_id: int) -> int:
    """Who has this thing in hand: who took it over last, else whose it was from the beginning."""
    taken_over: int | None = session.scalar(select(latest_to(work, key)))
    return own_id if taken_over is None else taken_over


def items(session: Session, actor: Actor, now: datetime, work: Work, person_id: int, most: int) -> list[Item]:
    """The oldest of what a person has in hand of the staff's."""
    kind = kinds.kind_of(work, now)
    about = LeadNote.lead_id if work is Work.LEAD_STEPS else kind.id
    stmt = in_hand(actor, now, work, person_id).with_only_columns(kind.id, about, kind.since)
    return [Item(*row) for row in session.execute(stmt.order_by(kind.since, kind.id).limit(most))]


def successors(session: Session, actor: Actor, work: Work, person_id: int, now: datetime) -> list[Person]:
    """Who may take it over, by name."""
    stmt = select(Person).where(
        Person.role.in_(kinds.kind_of(work, now).roles), Person.deactivated_at.is_(None), Person.id != person_id
    )
    if work is Work.CLIENTS:
        stmt = stmt.where(Person.agency_id == actor.agency_id)
    return list(session.scalars(stmt.order_by(Person.name, Person.id)))


def clients_by_agency(session: Session, now: datetime) -> list[tuple[int, int]]:
    """The agencies with clients who wait for a successor, and how many: one query for all of them."""
    rows = ownerless(Work.CLIENTS, now, None)
    counted = (
        rows.with_only_columns(Touch.agency_id, func.count(), maintain_column_froms=True)
        .group_by(Touch.agency_id)
        .order_by(Touch.agency_id)
    )
    return [(agency_id, number) for agency_id, number in session.execute(counted) if agency_id is not None]


def unled_agencies(session: Session, now: datetime) -> list[tuple[Agency, int]]:
    """The agencies with such clients that have no principal who could hand them over."""
    waits = dict(clients_by_agency(session, now))
    if not waits:
        return []
    stmt = select(Agency).where(Agency.id.in_(waits), Agency.id.not_in(_led()))
    return [(one, waits[one.id]) for one in session.scalars(stmt.order_by(Agency.name))]


def _led() -> Select[Any]:
    """The agencies that have a principal."""
    principals = Person.role == Role.PRINCIPAL, Person.deactivated_at.is_(None), Person.agency_id.is_not(None)
    return select(Person.agency_id).where(*principals)


def left_by(session: Session, now: datetime, person: Person, agency_id: int | None) -> int:
    """How much a person has left behind: the clients of this agency, or else what is the staff's."""
    works = [Work.CLIENTS] if agency_id is not None else list(kinds.STAFFS)
    every = [ownerless(work, now, agency_id).where(Person.id == person.id) for work in works]
    return session.scalar(select(func.count()).select_from(union_all(*every).subquery())) or 0


def _holder(work: Work, now: Any) -> ColumnElement[Any]:
    """Whose a thing is now. A lead's step and a client's file say it themselves: handing over writes another row."""
    kind = kinds.kind_of(work, now)
    own: ColumnElement[Any] = kind.holder
    return own if work in kinds.SAID_BY_ITSELF else func.coalesce(latest_to(work, kind.id), own)


def ownerless(work: Work, now: Any, agency_id: int | None) -> Select[Any]:
    """The ids of what waits of this kind: in an agency, or everywhere. A closed agency hands nothing over."""
    kind = kinds.kind_of(work, now)
    stmt = select(kind.id).join(Person, Person.id == _holder(work, now)).where(*kind.wants)
    unfit: list[ColumnElement[bool]] = [Person.deactivated_at.is_not(None), Person.role.not_in(kind.roles)]
    if work is Work.CLIENTS:
        stmt = stmt.join(Agency, Agency.id == Touch.agency_id).where(Agency.deactivated_at.is_(None))
        unfit.append(Person.agency_id.is_distinct_from(Touch.agency_id))
        if agency_id is not None:
            stmt = stmt.where(Touch.agency_id == agency_id)
    return stmt.where(or_(*unfit))
