"""Notices: what stands in a person's inbox."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code
from ..events.events import Event

_UNREAD = text("read_at IS NULL")


class Notice(Base):
    """An event as one person is told of it, once. `whom` says in what capacity it concerns the person."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id", name="uq_notices_event"),
        Index("ix_notices_person", "person_id", "id"),
        Index("ix_notices_unread", "person_id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    whom: Mapped[str] = mapped_column(Code)
    topic: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    person: Mapped[Person] = relationship()
