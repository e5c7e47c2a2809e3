"""Which messages come of a portion of events, beside what stands in inboxes: by whose choice, to which address, when.

What comes of one topic while a message about it waits is said in that message; what comes beyond the bound of an hour
waits, and is one message. Each event goes to each person by each channel once, which the database holds.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from ...models import Delivery, DeliveryState, DigestEvery, Notice, NoticeSettings, Person
from ...rules.notifications import ways as rule
from ...rules.notifications.kind import Channel, Kind
from ...rules.notifications.kinds import KINDS
from ...rules.notifications.ways import Choices
from ...session import Session
from ..app_messages import reach
from ..app_messages.outbox import NOT_TIED
from .inbox import Names, said
from .ways import Item, Message, Reader, Way

_HOUR = timedelta(hours=1)
_REMEMBERED = timedelta(hours=14)
"""Longer than any message waits for its hour."""

Place = tuple[int, Channel, str]
"""Person, channel and slot: what shares a message."""


@dataclass(slots=True)
class Plan:
    """What is being written for a portion of events."""

    readers: Mapping[int, Reader]
    choices: Mapping[int, Choices]
    sent: Counter[tuple[int, Channel]]
    open: dict[Place, str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    fresh: dict[str, tuple[Way, Message]] = field(default_factory=dict)
    joined: defaultdict[tuple[Channel, str], list[Item]] = field(default_factory=lambda: defaultdict(list))


def deliver(
    session: Session,
    now: datetime,
    notices: Sequence[Notice],
    choices: Mapping[int, Choices],
    ways: Sequence[Way],
    default_locale: str,
) -> None:
    """Write down what goes out for these notices, each with its event loaded."""
    recent = [one for one in notices if one.read_at is None and now - one.at < rule.LATE]
    if not recent or not ways:
        return
    people = {one.person_id for one in recent}
    readers = _readers(session, now, people, default_locale)
    plan = Plan(readers, choices, _sent(session, now, people), _open(session, now, people, ways))
    names = Names.of(session, [one.event for one in recent])
    for notice in recent:
        for way in ways:
            _plan(plan, now, notice, way, names)
    _write(session, now, plan, ways)


def _plan(plan: Plan, now: datetime, notice: Notice, way: Way, names: Names) -> None:
    event, person_id, channel = notice.event, notice.person_id, way.channel
    kind, reader = KINDS[event.kind], plan.readers[person_id]
    if not rule.wanted(kind, channel, plan.choices[person_id]):
        return
    digest = channel is Channel.MAIL and reader.settings is not None and reader.settings.digest is not DigestEvery.NEVER
    if digest and kind.optional:
        return  # it stands in the digest
    row = {"event_id": event.id, "person_id": person_id, "channel": channel, "at": now}
    why = way.refusal(reader)
    if why == NOT_TIED:
        return  # who has not this way misses nothing by it
    if why is not None:
        plan.rows.append({**row, "slot": kind.topic, "state": DeliveryState.DROPPED, "why": why, "message_key": None})
        return
    item = Item(said(event, notice.whom, names, reader.locale), f"/inbox/{notice.id}")
    slot = rule.slot(kind, channel, plan.sent[person_id, channel])
    key = plan.open.get((person_id, channel, slot))
    if key is None:
        key = f"notice-{channel}-{person_id}-{event.id}"
        plan.fresh[key] = way, _message(reader, key, now, kind, channel, slot, item)
        plan.sent[person_id, channel] += 1
        if plan.fresh[key][1].not_before > now:
            plan.open[person_id, channel, slot] = key
    elif key in plan.fresh:
        plan.fresh[key][1].items.append(item)
    else:
        plan.joined[channel, key].append(item)
    plan.rows.append({**row, "slot": slot, "state": DeliveryState.QUEUED, "why": None, "message_key": key})


def _message(reader: Reader, key: str, now: datetime, kind: Kind, channel: Channel, slot: str, item: Item) -> Message:
    rest = slot == rule.REST
    at = rule.after_bound(channel, now) if rest else rule.earliest(kind, channel, now)
    topic = kind.topic if kind.optional and not rest else None
    return Message(reader, key, at, at + rule.LIVES, slot, topic, [item])


def _write(session: Session, now: datetime, plan: Plan, ways: Sequence[Way]) -> None:
    for way, message in plan.fresh.values():
        way.enqueue(session, now, message)
    by_channel = {way.channel: way for way in ways}
    for (channel, key), items in plan.joined.items():
        by_channel[channel].join(session, key, items)
    if plan.rows:
        session.execute(insert(Delivery), plan.rows)


# What is looked up once a portion


def _readers(session: Session, now: datetime, people: set[int], default_locale: str) -> Mapping[int, Reader]:
    settings = {
        row.person_id: row
        for row in session.scalars(select(NoticeSettings).where(NoticeSettings.person_id.in_(people)))
    }
    apps = reach.reachable(session, now, people)
    found = session.scalars(select(Person).where(Person.id.in_(people)))
    return {
        one.id: Reader(one, one.locale or default_locale, settings.get(one.id), apps.get(one.id, {})) for one in found
    }


def _sent(session: Session, now: datetime, people: set[int]) -> Counter[tuple[int, Channel]]:
    """How many messages were written for each of these in the last hour."""
    of = Delivery
    recent = of.person_id.in_(people), of.at > now - _HOUR, of.message_key.is_not(None)
    counted = select(of.person_id, of.channel, func.count(of.message_key.distinct())).where(*recent)
    rows = session.execute(counted.group_by(of.person_id, of.channel))
    return Counter({(person_id, Channel(channel)): count for person_id, channel, count in rows})


def _open(session: Session, now: datetime, people: set[int], ways: Sequence[Way]) -> dict[Place, str]:
    """The messages of these that wait for their hour, by whose, by which channel, about what."""
    of = Delivery
    recent = of.person_id.in_(people), of.at > now - _REMEMBERED, of.message_key.is_not(None)
    found = {
        (row.person_id, Channel(row.channel), row.slot): str(row.message_key)
        for row in session.execute(
            select(of.person_id, of.channel, of.slot, of.message_key).where(*recent).order_by(of.id)
        )
    }
    wait: set[str] = set()
    for way in ways:
        wait |= way.waiting(session, now, [key for (_, channel, _), key in found.items() if channel is way.channel])
    return {place: key for place, key in found.items() if key in wait}
