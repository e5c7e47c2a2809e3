"""Handing events on: who is concerned by each, in which order the streams have it, what stands in whose inbox.

A portion of events is taken up, handed on and marked in one transaction. Two workers share the events out between them
(`SKIP LOCKED`; SQLite has one writer), and one that is killed on the way has done nothing: another begins again. So
each person is told of each event once, which the database holds besides.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ...clock import Clock
from ...db import Database
from ...models import Agency, Event, HandOver, Notice, Person, Role, StreamCounter, StreamEntry, Work
from ...rules.notifications.concerned import agency_stream, is_told, may_follow, rings, streams
from ...rules.notifications.kind import NAMED, Channel, Kind, Whom
from ...rules.notifications.kinds import KINDS
from ...rules.notifications.ways import Choices, wanted
from ...session import Session
from ..messages.outbox import Going, Round
from . import addresses, deliveries, digests
from .ways import MailWay, Way

PORTION = 200
"""Events a transaction: a writer who waits for it waits some hundredths of a second."""

_UPSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Out:
    """The ways that there are beside the inbox, the language of who chose none, what tells developments' groups, and
    what tells agencies' systems: of an event by the agency, and by its number there."""

    ways: Sequence[Way] = ()
    default_locale: str = "zh_Hans_CN"
    groups: Callable[[Session, datetime, Sequence[Event]], None] | None = None
    systems: Callable[[Session, datetime, Sequence[tuple[int, int, Event]]], None] | None = None


INBOX_ALONE = Out()


def run_due(database: Database, clock: Clock, going: Going = lambda: True, out: Out = INBOX_ALONE) -> Round:
    """Hand on every event that waits, while it is `going` on, and write the digests that are due. For edges, outside
    their transaction."""
    told = 0
    while going() and (some := _next(database, clock, out)):
        told += some
    return Round(told + _write_digests(database, clock, out))


def _write_digests(database: Database, clock: Clock, out: Out) -> int:
    """Write down every digest that is due, each in a transaction of its own; how many mails came of it."""
    now, written = clock(), 0
    for way in out.ways:
        if isinstance(way, MailWay):
            with database.reading() as session:
                people = digests.due(session, now)
            for person_id in people:
                with database.transaction() as session:
                    written += digests.write(session, now, person_id, way, out.default_locale)
    return written


def _next(database: Database, clock: Clock, out: Out) -> int:
    """Hand a portion of events on; how many there were."""
    with database.reading() as session:
        if session.scalar(select(Event.id).where(Event.told_at.is_(None)).limit(1)) is None:
            return 0  # so that who has nothing to do does not stand in the line of writers
    with database.transaction() as session:
        return hand_on(session, clock(), out)


def hand_on(session: Session, now: datetime, out: Out = INBOX_ALONE) -> int:
    """Hand a portion of the events that wait on to whom they concern; how many there were."""
    waiting = select(Event).where(Event.told_at.is_(None)).order_by(Event.id).limit(PORTION)
    events = session.scalars(waiting.with_for_update(skip_locked=True, of=Event)).all()
    if events:
        known = [event for event in events if event.kind in KINDS]  # a later release may have dropped a kind
        numbered = _number(session, known)
        people = _People.concerned(session, known)
        choices = addresses.choices_of(session, people.ids)
        aloud = [event for event in known if event.part_of is None]
        notices = [row for event in aloud for row in _notices(event, people, choices, now)]
        session.add_all(notices)
        session.flush()
        deliveries.deliver(session, now, notices, choices, out.ways, out.default_locale)
        if out.groups is not None:
            out.groups(session, now, aloud)
        if out.systems is not None:
            out.systems(session, now, numbered)
        told = update(Event).where(Event.id.in_([event.id for event in events])).values(told_at=now)
        session.execute(told, execution_options={"synchronize_session": False})
    return len(events)


# Streams


def _number(session: Session, events: Sequence[Event]) -> list[tuple[int, int, Event]]:
    """Give each event its number in each of its streams; those of agencies' streams, with agency and number. Streams
    are taken in the order of their names, so that two workers never wait for each other in a ring."""
    of_stream: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        for stream in streams(KINDS[event.kind], event.person_id, event.agency_id):
            of_stream[stream].append(event)
    rows, numbered = [], []
    for stream in sorted(of_stream):
        there = of_stream[stream]
        first = _taken(session, stream, len(there)) - len(there) + 1
        for sequence, event in enumerate(there, first):
            rows.append({"stream": stream, "sequence": sequence, "event_id": event.id})
            if event.agency_id is not None and stream == agency_stream(event.agency_id):
                numbered.append((event.agency_id, sequence, event))
    if rows:
        session.execute(insert(StreamEntry), rows)
    return numbered


def _taken(session: Session, stream: str, count: int) -> int:
    """Take so many numbers of a stream; the latest of them. Its counter is held until the transaction ends, so that
    who reads a number has those before it."""
    stmt = _UPSERT[session.connection().dialect.name](StreamCounter).values(stream=stream, latest=count)
    further = stmt.on_conflict_do_update(index_elements=["stream"], set_={"latest": StreamCounter.latest + count})
    latest: int = session.execute(further.returning(StreamCounter.latest)).scalar_one()
    return latest


# People


@dataclass(frozen=True, slots=True)
class _People:
    """Who is there to be told, of those whom a portion of events concerns: by id, by agency, by role; and by the thing
    who took it over."""

    ids: frozenset[int]
    agency_of: Mapping[int, int | None]
    principals: Mapping[int, Sequence[int]]
    of_role: Mapping[str, Sequence[int]]
    successors: Mapping[tuple[str, int | None], int]

    @classmethod
    def concerned(cls, session: Session, events: Sequence[Event]) -> "_People":
        """Who has an account that is open, among those concerned; asked for once a portion."""
        kinds = [KINDS[event.kind] for event in events]
        roles = {Role(whom) for kind in kinds for whom in kind.whom if whom not in NAMED}
        successors = _successors(session, events)
        named = {event.person_id for event in events if event.person_id is not None} | set(successors.values())
        agencies = {event.agency_id for event in events if event.agency_id is not None}
        closed = select(Agency.id).where(Agency.deactivated_at.is_not(None))
        stmt = select(Person.id, Person.role, Person.agency_id).where(
            Person.deactivated_at.is_(None),
            or_(Person.agency_id.is_(None), Person.agency_id.not_in(closed)),
            or_(
                Person.id.in_(named),
                Person.role.in_(roles),
                (Person.role == Role.PRINCIPAL) & Person.agency_id.in_(agencies),
            ),
        )
        found = session.execute(stmt.order_by(Person.id)).all()
        principals: defaultdict[int, list[int]] = defaultdict(list)
        of_role: defaultdict[str, list[int]] = defaultdict(list)
        for key, role, agency_id in found:
            of_role[role].append(key)
            if role is Role.PRINCIPAL and agency_id is not None:
                principals[agency_id].append(key)
        agency_of = {key: agency_id for key, _role, agency_id in found}
        return cls(frozenset(agency_of), agency_of, principals, of_role, successors)

    def of(self, event: Event, whom: Whom) -> Iterable[int]:
        """Whom the event concerns in this capacity."""
        if whom is Whom.PERSON:
            person_id = event.person_id
            if person_id is not None and person_id not in self.ids:  # he has left: who took it over is told
                person_id = self.successors.get((event.subject_kind, event.subject_id))
            if person_id is None or person_id not in self.ids:
                return []
            return [person_id] if may_follow(KINDS[event.kind], event.agency_id, self.agency_of[person_id]) else []
        if whom is Whom.PRINCIPALS:
            return self.principals.get(event.agency_id or 0, [])
        return self.of_role.get(whom, [])


def _successors(session: Session, events: Sequence[Event]) -> Mapping[tuple[str, int | None], int]:
    """Who took over last what these events are about."""
    ids = {event.subject_id for event in events if event.subject_kind in set(Work)}
    if not ids:
        return {}
    stmt = select(HandOver.subject_kind, HandOver.subject_id, HandOver.to_id).where(HandOver.subject_id.in_(ids))
    return {(kind, key): to_id for kind, key, to_id in session.execute(stmt.order_by(HandOver.number))}


def _notices(event: Event, people: _People, choices: Mapping[int, Choices], now: datetime) -> Iterable[Notice]:
    """What stands in whose inbox: who is concerned twice is told once, in the first capacity. What somebody does not
    want to be rung for stands there read."""
    kind = KINDS[event.kind]
    for person_id, whom in _concerned(kind, event, people).items():
        did_it = person_id == event.actor_id
        if is_told(whom, did_it=did_it):
            aloud = rings(kind, did_it=did_it) and wanted(kind, Channel.INBOX, choices[person_id])
            read_at = None if aloud else now
            facts = {"whom": whom, "topic": kind.topic, "at": event.at, "read_at": read_at}
            yield Notice(event=event, person_id=person_id, **facts)


def _concerned(kind: Kind, event: Event, people: _People) -> Mapping[int, Whom]:
    found: dict[int, Whom] = {}
    for whom in kind.whom:
        for person_id in people.of(event, whom):
            found.setdefault(person_id, whom)
    return found
