"""Robots of developments: let in, replaced, taken out, tried; and what they said."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, select, update

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Development, Robot, RobotMessage
from ...rules.robots.webhook import key_in
from ...session import Session
from .. import audit
from ..contacts import vault_of
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there

_KEY = "robot.key"
_SHOWN = 4
TRIED_WITHIN = timedelta(minutes=10)
"""Who tries a robot looks at its group now."""


class Change(StrEnum):
    """What became of a development's robot."""

    SET = "set"
    REPLACED = "replaced"
    REMOVED = "removed"


def of(session: Session, development_id: int) -> Robot | None:
    """The robot of a development, if there is one."""
    return session.scalar(select(Robot).where(Robot.development_id == development_id, Robot.ended_at.is_(None)))


def put_in(
    session: Session,
    actor: Actor,
    now: datetime,
    development: Development,
    *,
    address: str,
    group_name: str,
    locale: str,
) -> Robot:
    """Let a robot speak for a development from now on; one that was there is forgotten.

    Raises Refusal: no_robot_address, robot_was_changed (by a colleague, at the same time).
    """
    key = key_in(address)
    change = Change.REPLACED if _end(session, actor, now, development) else Change.SET
    robot_id = insert_unless_there(
        session,
        Robot,
        ("development_id",),
        Robot.ended_at.is_(None),
        development_id=development.id,
        group_name=group_name,
        locale=locale,
        key_sealed=vault_of(session).seal_text(key, _context(development.id)),
        set_at=now,
        set_by=actor.id,
    )
    if robot_id is None:
        raise Refusal("robot_was_changed")
    robot = session.get_one(Robot, robot_id)
    audit.record(session, actor, now, "robot_set", robot, development=development.id, group_name=group_name)
    _tell(session, actor, now, robot, change)
    return robot


def take_out(session: Session, actor: Actor, now: datetime, development: Development) -> None:
    """Let no robot speak for a development any more. Raises Refusal `no_robot`."""
    robot = _end(session, actor, now, development)
    if robot is None:
        raise Refusal("no_robot")
    audit.record(session, actor, now, "robot_removed", robot, development=development.id, group_name=robot.group_name)
    _tell(session, actor, now, robot, Change.REMOVED)


def try_out(session: Session, actor: Actor, now: datetime, development: Development) -> RobotMessage:
    """Have the robot say in its group that it is there, at once. Raises Refusal `no_robot`."""
    robot = of(session, development.id)
    if robot is None:
        raise Refusal("no_robot")
    message = RobotMessage(
        development_id=development.id,
        key=f"try-{secrets.token_hex(8)}",
        locale=robot.locale,
        items=[],
        left_out=0,
        tried_by=actor.id,
        created_at=now,
        expires_at=now + TRIED_WITHIN,
        next_try_at=now,
        attempts=0,
    )
    session.add(message)
    session.flush()
    audit.record(session, actor, now, "robot_tried", robot, development=development.id)
    return message


def said(development: Development) -> Select[RobotMessage]:
    """What was, or is, to be said in a development's group; the latest is what a reader looks for."""
    return select(RobotMessage).where(RobotMessage.development_id == development.id)


def key_of(session: Session, robot: Robot) -> str:
    """The key of a robot that is there."""
    return vault_of(session).open_text(robot.key_sealed or b"", _context(robot.development_id))


def shown_key(session: Session, robot: Robot) -> str:
    """By what a person tells one robot's key from another: its last signs."""
    return key_of(session, robot)[-_SHOWN:]


def _end(session: Session, actor: Actor, now: datetime, development: Development) -> Robot | None:
    """Forget the robot that is there; which one it was."""
    open_one = Robot.development_id == development.id, Robot.ended_at.is_(None)
    ended = update(Robot).where(*open_one).values(ended_at=now, ended_by=actor.id, key_sealed=None).returning(Robot.id)
    robot_id = session.scalar(ended)
    return None if robot_id is None else session.get_one(Robot, robot_id, populate_existing=True)


def _tell(session: Session, actor: Actor, now: datetime, robot: Robot, change: Change) -> None:
    facts = {"change": change.value, "development_id": robot.development_id}
    tell(session, actor, now, "robot_changed", robot, Concerned(development=robot.development_id), **facts)


def _context(development_id: int) -> str:
    return f"{_KEY}:{development_id}"
