"""A person's inbox: what waits unread, what stands there, and marking it read. Nobody reads another's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...models import Agency, Base, Development, Event, Notice, Person, number_unread
from ...rules.notifications.kind import Whom
from ...rules.notifications.kinds import KINDS
from ...session import Session
from . import wording
from .words import WORDS


def unread_count(session: Session, person_id: int) -> int:
    """How many notices of a person wait unread, as far as the bell counts."""
    return session.scalar(number_unread(person_id)) or 0


def listing(actor: Actor, *, unread: bool = False, topic: str = "", since: datetime | None = None) -> Select[Notice]:
    """The actor's own notices, with their events."""
    stmt = select(Notice).where(Notice.person_id == actor.id).options(joinedload(Notice.event))
    stmt = stmt.where(Notice.event.has(Event.kind.in_(KINDS)))
    if unread:
        stmt = stmt.where(Notice.read_at.is_(None))
    if topic:
        stmt = stmt.where(Notice.topic == topic)
    return stmt if since is None else stmt.where(Notice.at >= since)


def find(session: Session, actor: Actor, notice_id: int) -> Notice | None:
    """The actor's own notice of this number."""
    own = Notice.id == notice_id, Notice.person_id == actor.id
    return session.scalar(select(Notice).where(*own).options(joinedload(Notice.event)))


def of_event(session: Session, actor: Actor, event_id: int) -> Notice | None:
    """What the actor was told of this event."""
    return session.scalar(select(Notice).where(Notice.event_id == event_id, Notice.person_id == actor.id))


def mark_read(session: Session, actor: Actor, now: datetime, ids: Collection[int] | None = None) -> None:
    """Mark these of the actor's own notices read, or all that wait."""
    waiting = update(Notice).where(Notice.person_id == actor.id, Notice.read_at.is_(None))
    session.execute((waiting if ids is None else waiting.where(Notice.id.in_(ids))).values(read_at=now))


@dataclass(frozen=True, slots=True)
class Names:
    """What people, agencies and developments of some events are called by now."""

    people: Mapping[int, str]
    agencies: Mapping[int, str]
    developments: Mapping[int, str]

    @classmethod
    def of(cls, session: Session, events: Sequence[Event]) -> "Names":
        """The names of these events; a query for each of the three, where there is any."""
        return cls(
            _names(session, Person, {_person_of(event) for event in events}),
            _names(session, Agency, {event.agency_id for event in events}),
            _names(session, Development, {event.development_id for event in events}),
        )

    def live(self, event: Event) -> dict[str, str]:
        """What the words of one event may hold beside its facts."""
        found = (
            self.people.get(_person_of(event) or 0, "–"),
            self.agencies.get(event.agency_id or 0, "–"),
            self.developments.get(event.development_id or 0, "–"),
            event.at.isoformat(),
        )
        return dict(zip(wording.LIVE, found, strict=True))


def _person_of(event: Event) -> int | None:
    """Whom an event is about: who is concerned by name, else the person who is its subject and is not told, such as one
    whose account was closed."""
    return event.person_id or (event.subject_id if event.subject_kind == Person.__tablename__ else None)


def _names(session: Session, model: type[Base], ids: Collection[int | None]) -> dict[int, str]:
    wanted = [key for key in ids if key is not None]
    if not wanted:
        return {}
    table = model.__table__
    named = session.execute(select(table.c.id, table.c.name).where(table.c.id.in_(wanted)))
    return {row.id: row.name for row in named}


def said(event: Event, whom: str, names: Names, locale: str) -> wording.Said:
    """What an event is called for who is concerned so."""
    words = wording.words_of(WORDS[event.kind], Whom(whom))
    return wording.say(words, {**event.facts, **names.live(event)}, locale)
