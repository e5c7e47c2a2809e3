"""Who is told of what happens: the operation that hands events on, what must hold of it, and how one would first write
it.

Every operation at the money tells of events; here they are handed to whom they concern, in small portions and by
several workers at once, so that one is killed in the midst of it while another takes over.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import sleep
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.models import (
    Delivery,
    Event,
    Notice,
    Person,
    Robot,
    RobotMessage,
    RobotNotice,
    Role,
    StreamEntry,
    TextMessage,
)
from portal.rules.notifications import ways
from portal.rules.notifications.kind import Channel, Whom
from portal.rules.notifications.kinds import KINDS
from portal.services.messages import texts
from portal.services.notifications import addresses, worker
from portal.services.notifications.ways import Message, SmsWay
from portal.services.robots.telling import tell_groups
from tests.hammer.control import Control, Patches
from tests.hammer.faults import telling_apps
from tests.hammer.operations import Operation, Told, in_one_transaction
from tests.hammer.orders import Orders
from tests.hammer.world import Hand

_PORTION = 15
_BETWEEN = 0.03
"""Seconds between a naive look and the deed after it."""


class _AtOnce(SmsWay):
    """By text, at any hour: the hammer's time is the middle of a night."""

    def enqueue(self, session: Session, now: datetime, message: Message) -> None:
        message.not_before = now
        super().enqueue(session, now, message)


OUT = worker.Out([_AtOnce(), *telling_apps.WAYS], "en", tell_groups)


def _waiting(session: Session, _hand: Hand) -> int | None:
    return session.scalar(select(Event.id).where(Event.told_at.is_(None)).limit(1))


def _tell(session: Session, hand: Hand, _first: int) -> Told:
    worker.PORTION = _PORTION
    worker.hand_on(session, hand.now(), OUT)
    return []


TELL = Operation("tell", 8, _waiting, in_one_transaction(_tell))


# What must hold


def told_once(session: Session) -> Iterator[str]:
    """Each event is told to each person whom it concerns, once in his inbox and once by text, and to nobody else."""
    _hand_on_the_rest(session)
    found: defaultdict[int, list[int]] = defaultdict(list)
    for event_id, person_id in session.execute(select(Notice.event_id, Notice.person_id)):
        found[event_id].append(person_id)
    people = session.scalars(select(Person).where(Person.deactivated_at.is_(None))).all()
    for event in session.scalars(select(Event).where(Event.part_of.is_(None))):
        told = Counter(found[event.id])
        for person_id in {*told, *_concerned(event, people)}:
            times = told[person_id], int(person_id in _concerned(event, people))
            if times[0] != times[1]:
                yield f"{event.kind} {event.id} was told {times[0]} times to {person_id}, not {times[1]}"
    yield from _texts(session)


def told_in_groups_once(session: Session) -> Iterator[str]:
    """Each event that a development's group hears of stands in its messages once, and each message says what stands
    in it."""
    _hand_on_the_rest(session)
    found = Counter(session.scalars(select(RobotNotice.event_id)))
    spoken_for = set(session.scalars(select(Robot.development_id)))
    for event in session.scalars(select(Event).where(Event.told_at.is_not(None))):
        group = KINDS[event.kind].group
        heard = group is not None and group.hears(event.facts) and event.part_of is None
        late = event.told_at is not None and event.told_at - event.at >= ways.LATE
        expected = int(heard and not late and event.development_id in spoken_for)
        if found[event.id] != expected:
            yield f"{event.kind} {event.id} was told {found[event.id]} times to its group, not {expected}"
    counted = select(RobotNotice.message_id, func.count()).group_by(RobotNotice.message_id)
    said: Mapping[int, int] = dict(session.execute(counted).tuples().all())
    for row in session.scalars(select(RobotMessage)):
        if len(row.items) + row.left_out != said.get(row.id, 0):
            yield f"{row.key} says {len(row.items) + row.left_out} things, and there are {said.get(row.id, 0)}"


def streams_whole(session: Session) -> Iterator[str]:
    """Each stream is numbered 1, 2, 3 …, and holds each of its events once."""
    of = StreamEntry
    figures = select(of.stream, func.max(of.sequence), func.count(), func.count(of.event_id.distinct()))
    for stream, latest, entries, events in session.execute(figures.group_by(of.stream)):
        if not latest == entries == events:
            yield f"{stream} goes up to {latest} with {entries} entries of {events} events"


def _hand_on_the_rest(session: Session) -> None:
    latest = session.scalar(select(func.max(Event.at)))
    while latest is not None and worker.hand_on(session, latest, OUT):
        pass


def _concerned(event: Event, people: Sequence[Person]) -> set[int]:
    """Whom an event concerns, in the plainest words."""
    kind, found = KINDS[event.kind], set()
    for person in people:
        of_role = person.role in kind.whom and person.role is not Role.PRINCIPAL and person.id != event.actor_id
        heads = person.role is Role.PRINCIPAL and Whom.PRINCIPALS in kind.whom and person.agency_id == event.agency_id
        named = Whom.PERSON in kind.whom and person.id == event.person_id
        if of_role or (heads and person.id != event.actor_id) or named:
            found.add(person.id)
    return found


def _texts(session: Session) -> Iterator[str]:
    """Each text says as many things as there are deliveries by it: none was lost, and none joined twice."""
    by_text = select(Delivery.message_key, func.count()).where(Delivery.channel == Channel.SMS)
    said: Mapping[str | None, int] = dict(session.execute(by_text.group_by(Delivery.message_key)).tuples().all())
    for row in session.scalars(select(TextMessage).where(TextMessage.key.in_([key for key in said if key]))):
        if row.params_sealed is None:
            continue
        count = int(texts.params_of(session, row)["count"])
        if count != said[row.key]:
            yield f"{row.key} says {count} things, and there are {said[row.key]}"


# As one would first write it: look what waits, tell of it, and mark it


def _naive(_orders: Orders) -> Patches:
    def hand_on(session: Session, now: datetime, _out: Any) -> int:
        waiting = select(Event).where(Event.told_at.is_(None)).order_by(Event.id).limit(_PORTION)
        events = session.scalars(waiting).all()
        sleep(_BETWEEN)
        people = worker._People.concerned(session, events)
        choices = addresses.choices_of(session, people.ids)
        session.add_all(one for event in events for one in worker._notices(event, people, choices, now))
        session.flush()
        told = update(Event).where(Event.id.in_([event.id for event in events])).values(told_at=now)
        session.execute(told, execution_options={"synchronize_session": False})
        return len(events)

    return [(worker, "hand_on", hand_on)]


CONTROL = Control(
    "told to each once",
    ["tell", "subscribe"],
    _naive,
    constraints=[("notices", "uq_notices_event")],
    triggers=["events"],
)


# And for groups: look what no group was told of yet, and tell it


def _naive_in_groups(_orders: Orders) -> Patches:
    properly = worker.hand_on

    def hand_on(session: Session, now: datetime, out: worker.Out) -> int:
        heard = [name for name, kind in KINDS.items() if kind.group]
        silent = Event.kind.in_(heard), ~select(RobotNotice.id).where(RobotNotice.event_id == Event.id).exists()
        events = session.scalars(select(Event).where(*silent).order_by(Event.id).limit(_PORTION)).all()
        sleep(_BETWEEN)
        tell_groups(session, now, events)
        return properly(session, now, replace(out, groups=None))

    return [(worker, "hand_on", hand_on)]


IN_GROUPS = Control(
    "told in groups once",
    ["tell", "subscribe"],
    _naive_in_groups,
    constraints=[("robot_notices", "uq_robot_notices_event")],
    dialects=["postgresql"],
)
