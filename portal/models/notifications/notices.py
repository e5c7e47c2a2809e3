"""Notices: what stands in a person's inbox."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, UniqueConstraint, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from ..accounts.people import Person, WebSession
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


MOST_COUNTED = 100
"""More than the bell shows: from there on it says `99+`."""


def number_unread(person_id: ColumnElement[int] | InstrumentedAttribute[int] | int) -> Select[int]:
    """How many notices of a person wait unread, as far as the bell counts."""
    waiting = select(Notice.id).where(Notice.person_id == person_id, Notice.read_at.is_(None)).limit(MOST_COUNTED)
    return select(func.count()).select_from(waiting.correlate(WebSession).subquery())
