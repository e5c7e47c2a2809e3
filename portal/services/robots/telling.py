"""What developments' groups are told: a line for each event that they hear of, several in one message.

It is written down in the transaction that hands the events on (`notifications.worker`), so an event stands in a group's
messages once, whoever is killed: the database holds that besides. Nobody is named (`words`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ...models import Event, Robot, RobotMessage, RobotNotice
from ...rules.messages import quiet_hours
from ...rules.notifications import ways as rule
from ...rules.notifications.kinds import KINDS
from ...session import Session
from ..messages.outbox import LONGEST_REST
from ..notifications.inbox import Names
from ..notifications.wording import say
from .words import WORDS

MOST_ITEMS = 30
"""A message keeps so many things; what is more is counted."""


def tell_groups(session: Session, now: datetime, events: Sequence[Event]) -> None:
    """Write down what the groups of developments hear of these events."""
    heard: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.development_id is not None and _is_heard(event, now):
            heard[event.development_id].append(event)
    if not heard:
        return
    there = Robot.development_id.in_(heard), Robot.ended_at.is_(None), Robot.gone_at.is_(None)
    robots = session.scalars(select(Robot).where(*there).order_by(Robot.development_id)).all()
    if not robots:
        return
    waiting = _waiting(session, now, [robot.development_id for robot in robots])
    names = Names.of(session, [event for robot in robots for event in heard[robot.development_id]])
    for robot in robots:
        _tell(session, now, robot, heard[robot.development_id], names, waiting)


def _is_heard(event: Event, now: datetime) -> bool:
    group = KINDS[event.kind].group
    return group is not None and group.hears(event.facts) and now - event.at < rule.LATE


def _tell(
    session: Session,
    now: datetime,
    robot: Robot,
    events: Iterable[Event],
    names: Names,
    waiting: Mapping[int, RobotMessage],
) -> None:
    message = waiting.get(robot.development_id)
    for event in events:
        at = quiet_hours.earliest(now + KINDS[event.kind].merges)
        if message is None:
            message = _begun(robot, event, now, at)
            session.add(message)
        _add(message, _item(event, names, robot.locale), at)
        session.add(RobotNotice(event_id=event.id, development_id=robot.development_id, message=message))
    session.flush()


def _begun(robot: Robot, event: Event, now: datetime, at: datetime) -> RobotMessage:
    return RobotMessage(
        development_id=robot.development_id,
        key=f"group-{robot.development_id}-{event.id}",
        locale=robot.locale,
        items=[],
        left_out=0,
        created_at=now,
        expires_at=at + rule.LIVES,
        next_try_at=at,
        not_before=at,
        attempts=0,
    )


def _add(message: RobotMessage, item: dict[str, Any], at: datetime) -> None:
    """Let a message say this, too; it goes when the most urgent of its things may."""
    if len(message.items) < MOST_ITEMS:
        message.items = [*message.items, item]
    else:
        message.left_out += 1
    if message.not_before is not None and at < message.not_before:
        message.not_before = message.next_try_at = at


def _item(event: Event, names: Names, locale: str) -> dict[str, Any]:
    said = say(WORDS[event.kind], {**event.facts, **names.live(event)}, locale)
    return {"subject": said.subject, "do": said.do, "event": event.id}


def _waiting(session: Session, now: datetime, developments: Sequence[int]) -> Mapping[int, RobotMessage]:
    """The message of each development that nobody takes up yet, held until the transaction ends."""
    of = RobotMessage
    rests = of.attempts == 0, of.next_try_at.is_not(None), of.not_before > now, of.not_before <= now + LONGEST_REST
    stmt = select(of).where(of.development_id.in_(developments), *rests).order_by(of.id)
    return {row.development_id: row for row in session.scalars(stmt.with_for_update(skip_locked=True, of=of))}
