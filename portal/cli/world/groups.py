"""The group of the first development: its robot, what that said in the last days, and the stand-in that shows it."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from ...adapters.wecom.local import LocalWecom
from ...config import Config
from ...models import Development, Event, Robot, RobotMessage, Role
from ...rules.notifications.kinds import KINDS
from ...rules.robots.webhook import ADDRESS
from ...services.robots import robots
from ...services.robots.outbox import RobotMessages
from ...services.robots.telling import tell_groups
from ...session import Session
from .timeline import World

_KEY = "5b0c1a52-3d0e-4f6c-9b1e-7f2a1c9d4e60"
_SET_UP = 20
"""Days before the year's end."""
_SPOKE = timedelta(days=10)


def plan(world: World) -> None:
    """A channel manager lets a robot into the group of the first development."""
    world.at(world.lately(_SET_UP), partial(_let_in, world), surely=True)


def _let_in(world: World, at: datetime) -> None:
    manager, place = world.actor(Role.CHANNEL_MANAGER), world.developments[0]
    address = f"{ADDRESS}?key={_KEY}"
    robots.put_in(world.session, manager, at, place, address=address, group_name=_name(place), locale="zh_Hans_CN")


def speak(session: Session, now: datetime) -> None:
    """What happened lately was said in the group; what happened just now waits for its hour."""
    heard = [name for name, kind in KINDS.items() if kind.group]
    lately = Event.kind.in_(heard), Event.at > now - _SPOKE, Event.at <= now, Event.part_of.is_(None)
    for event in session.scalars(select(Event).where(*lately).order_by(Event.at, Event.id)).all():
        tell_groups(session, event.at, [event])
    for row in session.scalars(select(RobotMessage).where(RobotMessage.not_before <= now)):
        row.sent_at, row.next_try_at, row.attempts = row.not_before, None, 1
    session.flush()


def show(session: Session, config: Config) -> None:
    """Let the stand-in show the group with all that was said in it."""
    if config.wecom_by != "local":
        return
    for robot in session.scalars(select(Robot).where(Robot.ended_at.is_(None))):
        _stand_in(config, robot.set_at).let_in(robot.group_name, robots.key_of(session, robot))
    for row in session.scalars(select(RobotMessage).where(RobotMessage.sent_at.is_not(None)).order_by(RobotMessage.id)):
        wecom = _stand_in(config, row.sent_at or row.created_at)
        RobotMessages(wecom.robots, config.base_url).ready(session, row).send()


def _stand_in(config: Config, at: datetime) -> LocalWecom:
    """The stand-in, as of that instant."""
    return LocalWecom(config.data_dir / "wecom", lambda: at)


def _name(place: Development) -> str:
    return f"{place.name}案场群"
