"""Robots in the groups of developments (群机器人), and the messages that they are to send."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code
from ..partners.agreements import Development

_OPEN = text("ended_at IS NULL")
_GIVEN_UP = text("given_up_at IS NOT NULL")


class Robot(Base):
    """A robot that somebody let into a group of 企业微信, and whose key he entered here; one at a time a development.

    Whoever has the key writes into the group: it is sealed, and forgotten when another robot takes its place, or none.
    `gone_at`: since when 企业微信 says that it is no longer in the group; `gone_why` is its word for that.
    """

    __tablename__ = "robots"
    __table_args__ = (
        CheckConstraint("(key_sealed IS NULL) = (ended_at IS NOT NULL)", name="ended_is_forgotten"),
        CheckConstraint("(gone_at IS NULL) = (gone_why IS NULL)", name="gone_says_why"),
        Index("uq_robots_development", "development_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    group_name: Mapped[str] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(Code)
    key_sealed: Mapped[bytes | None]
    set_at: Mapped[datetime]
    set_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    gone_at: Mapped[datetime | None]
    gone_why: Mapped[str | None] = mapped_column(Code)

    development: Mapped[Development] = relationship()
    setter: Mapped[Person] = relationship(foreign_keys=set_by)


class RobotMessage(Base):
    """A message to the group of a development, in the language of that group; whichever robot is there sends it.

    `items`: what it says, as it was worded: `subject`, `do`, and the `event` that it leads to; what is beyond the most
    that it says is counted in `left_out`. It names no person. `tried_by`: who had it sent to try the robot; such a
    message says nothing else.
    """

    __tablename__ = "robot_messages"
    __table_args__ = (
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="settled_once"),
        CheckConstraint(
            "(next_try_at IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)", name="waits_until_settled"
        ),
        Index("ix_robot_messages_development", "development_id", "id"),
        Index("ix_robot_messages_due", "next_try_at"),
        Index("ix_robot_messages_given_up", "given_up_at", sqlite_where=_GIVEN_UP, postgresql_where=_GIVEN_UP),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    locale: Mapped[str] = mapped_column(Code)
    items: Mapped[list[dict[str, Any]]]
    left_out: Mapped[int]
    tried_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    failure: Mapped[str | None]

    development: Mapped[Development] = relationship()


class RobotNotice(Base):
    """An event that a development's group is told of, once, and in which message."""

    __tablename__ = "robot_notices"
    __table_args__ = (UniqueConstraint("event_id", "development_id", name="uq_robot_notices_event"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("robot_messages.id"), index=True)

    message: Mapped[RobotMessage] = relationship()
