"""Who was told of a thing, when, by which ways, and whether it came there: for the page of the thing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...models import AppMessage, Base, Delivery, Event, Mail, Notice, RobotMessage, RobotNotice, TextMessage
from ...rules.notifications.kind import Channel
from ...rules.notifications.kinds import KINDS
from ...session import Session
from ..app_messages.reach import NOT_REACHED
from ..messages.outbox import Row


class Reached(StrEnum):
    """How far a message came."""

    WAITS = "waits"
    SENT = "sent"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    FAILED = "failed"
    DROPPED = "dropped"
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a message came, since when or until when, and why no further."""

    reached: Reached
    at: datetime | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class ByWay:
    """A message about a thing by one channel: how far it came, since when or until when, and why no further."""

    channel: Channel
    reached: Reached
    at: datetime | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice about a thing, and the messages that went out beside it."""

    notice: Notice
    ways: Sequence[ByWay]


def told_on(session: Session, actor: Actor, subject: Base) -> Sequence[Told]:
    """Who was told of a record, as far as the actor may know: the staff everything, others what they were told
    themselves."""
    key = subject.__mapper__.primary_key_from_instance(subject)[0]
    of = Event.subject_kind == subject.__tablename__, Event.subject_id == key, Event.kind.in_(KINDS)
    stmt = select(Notice).join(Notice.event).where(*of).options(joinedload(Notice.event), joinedload(Notice.person))
    if not actor.staff:
        stmt = stmt.where(Notice.person_id == actor.id)
    notices = session.scalars(stmt.order_by(Notice.id)).all()
    ways = _ways(session, notices) if notices else {}
    return [Told(one, ways.get((one.event_id, one.person_id), [])) for one in notices]


def _ways(session: Session, notices: Sequence[Notice]) -> Mapping[tuple[int, int], Sequence[ByWay]]:
    """The messages of these notices, by event and person."""
    events = {one.event_id for one in notices}
    rows = session.scalars(select(Delivery).where(Delivery.event_id.in_(events)).order_by(Delivery.id)).all()
    keys = [row.message_key for row in rows if row.message_key is not None]
    sent: dict[str, TextMessage | Mail | AppMessage] = {}
    if keys:
        sent |= {one.key: one for one in session.scalars(select(TextMessage).where(TextMessage.key.in_(keys)))}
        sent |= {one.key: one for one in session.scalars(select(Mail).where(Mail.key.in_(keys)))}
        sent |= {one.key: one for one in session.scalars(select(AppMessage).where(AppMessage.key.in_(keys)))}
    found: dict[tuple[int, int], list[ByWay]] = {}
    for row in rows:
        if row.channel in set(Channel):
            by = _by_way(Channel(row.channel), row, sent.get(row.message_key or ""))
            found.setdefault((row.event_id, row.person_id), []).append(by)
    return found


def _by_way(channel: Channel, row: Delivery, message: Row | None) -> ByWay:
    if message is None:
        unreached = row.why in NOT_REACHED
        return ByWay(channel, Reached.UNREACHED if unreached else Reached.DROPPED, None, row.why)
    how = of_message(message)
    return ByWay(channel, how.reached, how.at, how.why)


def of_message(message: Row) -> Progress:
    """How far a message of an outbox came: of a text also what its provider reports, late or never."""
    if isinstance(message, TextMessage) and message.reported_at is not None:
        reached = Reached.DELIVERED if message.not_delivered is None else Reached.NOT_DELIVERED
        return Progress(reached, message.reported_at, message.not_delivered)
    if message.sent_at is not None:
        return Progress(Reached.SENT, message.sent_at)
    if message.given_up_at is not None:
        return Progress(Reached.FAILED, message.given_up_at, message.failure)
    return Progress(Reached.WAITS, message.next_try_at, message.failure)


@dataclass(frozen=True, slots=True)
class ToldInGroup:
    """An event about a thing that a development's group was told of, in its words, and how far that came."""

    development: str
    subject: str
    came: Progress


def told_in_groups(session: Session, actor: Actor, subject: Base) -> Sequence[ToldInGroup]:
    """What developments' groups were told of a record; for the staff, whose groups they are."""
    if not actor.staff:
        return []
    key = subject.__mapper__.primary_key_from_instance(subject)[0]
    of = Event.subject_kind == subject.__tablename__, Event.subject_id == key
    stmt = select(RobotNotice).join(Event, Event.id == RobotNotice.event_id).where(*of).order_by(RobotNotice.id)
    rows = session.scalars(stmt.options(joinedload(RobotNotice.message).joinedload(RobotMessage.development)))
    return [
        ToldInGroup(row.message.development.name, _subject_in(row.message, row.event_id), of_message(row.message))
        for row in rows
    ]


def _subject_in(message: RobotMessage, event_id: int) -> str:
    """What a message says of an event; of one that is only counted in it nothing."""
    return next((str(one["subject"]) for one in message.items if one["event"] == event_id), "")
