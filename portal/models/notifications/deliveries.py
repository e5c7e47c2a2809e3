"""By which ways, beside the inbox, somebody was told; and what people chose."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Code, one_of


class DeliveryState(StrEnum):
    """Whether a message was written down for an event, or why none was."""

    QUEUED = "queued"
    DROPPED = "dropped"


class Delivery(Base):
    """An event on its way to a person by one channel, once. What became of its message, the channel's outbox says
    under `message_key`; several events share a message that waits, a slot at a time."""

    __tablename__ = "deliveries"
    __table_args__ = (
        one_of("state", DeliveryState),
        CheckConstraint("(state = 'queued') = (message_key IS NOT NULL)", name="queued_has_key"),
        CheckConstraint("(state = 'dropped') = (why IS NOT NULL)", name="dropped_has_why"),
        UniqueConstraint("event_id", "person_id", "channel", name="uq_deliveries_event"),
        Index("ix_deliveries_person", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[str] = mapped_column(Code)
    slot: Mapped[str] = mapped_column(Code)
    state: Mapped[DeliveryState]
    why: Mapped[str | None] = mapped_column(Code)
    message_key: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


class ChannelChoice(Base):
    """What a person chose for a topic and a channel; without a row it goes by importance."""

    __tablename__ = "channel_choices"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    topic: Mapped[str] = mapped_column(Code, primary_key=True)
    channel: Mapped[str] = mapped_column(Code, primary_key=True)
    wanted: Mapped[bool]
    at: Mapped[datetime]


class DigestEvery(StrEnum):
    """How often somebody wants a digest of what came."""

    NEVER = "never"
    DAY = "day"
    WEEK = "week"


class NoticeSettings(Base):
    """A person's mail address for notices, once it is confirmed, and the digest that he wants."""

    __tablename__ = "notice_settings"
    __table_args__ = (
        one_of("digest", DigestEvery),
        CheckConstraint("digest_hour >= 0 AND digest_hour <= 23", name="hour_of_a_day"),
        CheckConstraint("mail_confirmed_at IS NULL OR mail_sealed IS NOT NULL", name="confirmed_is_there"),
        Index("ix_notice_settings_digest", "digest_due_at"),
        Index("ix_notice_settings_mail", "mail_index"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    mail_sealed: Mapped[bytes | None]
    mail_index: Mapped[str | None] = mapped_column(String(64))
    mail_confirmed_at: Mapped[datetime | None]
    digest: Mapped[DigestEvery]
    digest_hour: Mapped[int]
    digest_due_at: Mapped[datetime | None]
    digest_until: Mapped[datetime | None]
