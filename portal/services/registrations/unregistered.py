"""Clients whom no broker registered: walk-ins and referred friends, found as registered ones are.

Whoever stands at the desk gives a surname or four digits, and cannot know on which list he stands.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...access.scope import visible
from ...models import FriendVisit, Lead, Person, Referrer, Touch, TouchKind
from ...session import Session
from .. import contacts
from ..claims import search_terms


@dataclass(frozen=True, slots=True)
class Unregistered:
    """A walk-in, or a lead, as who receives the client reads it; the phone is masked.

    `person` signed the walk-in in, or referred the friend. `visited_at`: when the friend first came.
    """

    row: Touch | Lead
    client_name: str
    client_phone: str
    person: Person
    visited_at: datetime | None
    holds: bool

    @property
    def kind(self) -> TouchKind:
        return TouchKind.REFERRAL_LEAD if isinstance(self.row, Lead) else TouchKind.WALK_IN

    @property
    def refused(self) -> bool:
        """Whether it is a lead that does not count for its referrer."""
        return isinstance(self.row, Lead) and self.row.touch is None

    @property
    def protected_until(self) -> datetime | None:
        """The end of a protection that has one."""
        touch = self.row.touch if isinstance(self.row, Lead) else self.row
        return touch.protected_until if touch else None


def found(
    session: Session, actor: Actor, now: datetime, find: str, *, development_id: int | None = None, most: int
) -> list[Unregistered]:
    """Whose client it is of the walk-ins and leads that the actor may see, the latest first.

    `find` as in `lists.registrations`; numbers and receipts are those of registrations.
    """
    walked = visible(actor, Touch).where(Touch.kind == TouchKind.WALK_IN)
    walked = walked.options(joinedload(Touch.person))
    left = visible(actor, Lead).options(joinedload(Lead.touch), joinedload(Lead.referrer).joinedload(Referrer.person))
    rows: list[Touch | Lead] = []
    for of, stmt in ((Touch, walked), (Lead, left)):
        here = stmt.where(search_terms.whose(session, actor, of, find))
        here = here.options(joinedload(of.development), joinedload(of.client))
        if development_id is not None:
            here = here.where(of.development_id == development_id)
        rows += session.scalars(here.order_by(of.id.desc()).limit(most)).all()
    visited = _visits(session, [row.touch_id for row in rows if isinstance(row, Lead) and row.touch_id])
    latest = sorted(rows, key=lambda row: row.at, reverse=True)[:most]
    return [_shown(session, actor, now, row, visited) for row in latest]


def _visits(session: Session, touch_ids: list[int]) -> dict[int, datetime]:
    """When each friend first came."""
    stmt = select(FriendVisit.touch_id, func.min(FriendVisit.at)).where(FriendVisit.touch_id.in_(touch_ids))
    return {row[0]: row[1] for row in session.execute(stmt.group_by(FriendVisit.touch_id))}


def _shown(
    session: Session, actor: Actor, now: datetime, row: Touch | Lead, visited: dict[int, datetime]
) -> Unregistered:
    touch = row.touch if isinstance(row, Lead) else row
    name = contacts.open_name(session, row.name_sealed)
    return Unregistered(
        row,
        name if actor.staff else contacts.mask_name(name),
        _phone(session, row),
        row.referrer.person if isinstance(row, Lead) else row.person,
        visited.get(touch.id) if touch else None,
        holds=touch is not None and touch.retired_at is None and not touch.over_at(now),
    )


def _phone(session: Session, row: Touch | Lead) -> str:
    return contacts.open_phone(session, row.client if isinstance(row, Lead) else row.whom).masked
