"""What robots say, handed to 企业微信: the outbox of texts and mails, with a table and a carrier of its own.

企业微信 neither recognises a repetition nor says what it has. A message that surely was not taken is repeated as it is;
one whose answer was lost goes out again and says so in its first line: whoever reads it twice knows why, and nothing is
missed. A robot that was taken out of its group is marked so, and the channel managers are told: its key is good for
nothing more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import update

from ...access.actor import SYSTEM
from ...adapters.delivery import DeliveryFailed
from ...adapters.wecom.robot import ROBOT_IS_GONE, Robots
from ...models import Robot, RobotMessage
from ...rules.robots import markdown
from ...session import Session
from ..events.telling import Concerned, tell
from ..notifications.wording import translated
from . import robots
from .words import AGAIN, GO, HEADING, MORE, TRIED, TRIED_DO


class RobotIsGone(DeliveryFailed):
    """企业微信 knows this robot no longer."""

    def __init__(self, code: str, robot_id: int) -> None:
        super().__init__(code, for_good=True)
        self.robot_id = robot_id


class RobotMessages:
    """The outbox of what robots say; `base_url` begins the links in it."""

    model: ClassVar[Any] = RobotMessage
    sealed: ClassVar[tuple[str, ...]] = ()

    def __init__(self, carrier: Robots, base_url: str) -> None:
        self._carrier = carrier
        self._base = base_url.rstrip("/")

    def unwanted(self, session: Session, _now: datetime, row: RobotMessage) -> str | None:
        robot = robots.of(session, row.development_id)
        if robot is None:
            return "no_robot"
        return "robot_is_gone" if robot.gone_at is not None and row.tried_by is None else None

    def ready(self, session: Session, row: RobotMessage) -> "_Ready":
        robot = robots.of(session, row.development_id)
        if robot is None:
            raise DeliveryFailed("no_robot", for_good=True)  # taken out in between
        key = robots.key_of(session, robot)
        return _Ready(self._carrier, robot.id, key, row.locale, *self._said(row), left_out=row.left_out)

    def settled(self, session: Session, now: datetime, message_id: int, failure: DeliveryFailed | None) -> None:
        if isinstance(failure, RobotIsGone):
            _note_gone(session, now, failure)
        elif failure is None and (row := session.get_one(RobotMessage, message_id)).tried_by is not None:
            here = Robot.development_id == row.development_id, Robot.ended_at.is_(None), Robot.gone_at.is_not(None)
            session.execute(update(Robot).where(*here).values(gone_at=None, gone_why=None))

    def _said(self, row: RobotMessage) -> tuple[str, list[markdown.Line]]:
        """Its heading and its lines."""
        if row.tried_by is not None:
            line = markdown.Line(translated(TRIED, row.locale), translated(TRIED_DO, row.locale), f"{self._base}/")
            return row.development.name, [line]
        count = len(row.items) + row.left_out
        heading = row.development.name
        if count > 1:
            heading = translated(HEADING, row.locale) % {"development": heading, "count": count}
        lines = [
            markdown.Line(one["subject"], one["do"], f"{self._base}/inbox/events/{one['event']}") for one in row.items
        ]
        return heading, lines


@dataclass(slots=True)
class _Ready:
    """A message that can be handed over. `again`: it may stand in the group already."""

    carrier: Robots
    robot_id: int
    key: str
    locale: str
    heading: str
    lines: list[markdown.Line]
    left_out: int
    again: bool = False

    def send(self) -> None:
        words = markdown.Words(
            translated(GO, self.locale),
            translated(MORE, self.locale),
            translated(AGAIN, self.locale) if self.again else "",
        )
        try:
            self.carrier.send(self.key, markdown.message(self.heading, self.lines, words, self.left_out))
        except DeliveryFailed as failure:
            if failure.code in ROBOT_IS_GONE:
                raise RobotIsGone(failure.code, self.robot_id) from None
            raise

    def was_taken(self) -> bool:
        """Nobody can say: it goes out again, and says so."""
        self.again = True
        return False


def _note_gone(session: Session, now: datetime, failure: RobotIsGone) -> None:
    """Mark a robot that is not there any more, and tell who can let another one in; once."""
    there = Robot.id == failure.robot_id, Robot.gone_at.is_(None), Robot.ended_at.is_(None)
    marked = update(Robot).where(*there).values(gone_at=now, gone_why=failure.code).returning(Robot.development_id)
    development_id = session.scalar(marked)
    if development_id is not None:
        robot = session.get_one(Robot, failure.robot_id, populate_existing=True)
        whom = Concerned(development=development_id)
        tell(session, SYSTEM, now, "robot_is_gone", robot, whom, development_id=development_id)
