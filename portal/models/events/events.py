"""Events: what happened, in the transaction that caused it, and in which order each stream has it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Code

_UNTOLD = text("told_at IS NULL")


class Event(Base):
    """Something happened that somebody is to be told of. It holds no personal data.

    `person_id`, `agency_id`: who is concerned by name; `actor_id`: who did it. They are no foreign keys: who inserts
    one waits for whoever holds the row that it names, and an event must hold nothing up. `once`: what may be found
    again and again, such as a deadline, is told once by this. `told_at`: when it was handed to whom it concerns; the
    database lets nothing else of it change, and that once. `part_of`: the bulk deed that tells of it together with
    others, such as `deal_imports:7`: it stands in streams, and in nobody's inbox.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_untold", "id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
        Index("ix_events_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime]
    subject_kind: Mapped[str] = mapped_column(Code)
    subject_id: Mapped[int | None]
    person_id: Mapped[int | None]
    agency_id: Mapped[int | None]
    development_id: Mapped[int | None]
    actor_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]]
    once: Mapped[str | None] = mapped_column(String(120), unique=True)
    told_at: Mapped[datetime | None]
    part_of: Mapped[str | None] = mapped_column(Code)


class StreamEntry(Base):
    """An event in the order of a stream, such as `agency:3`: numbered from 1 without gaps, in the order of commits."""

    __tablename__ = "stream_entries"
    __table_args__ = (UniqueConstraint("event_id", "stream", name="uq_stream_entries_event"),)

    stream: Mapped[str] = mapped_column(Code, primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))


class StreamCounter(Base):
    """The latest number of a stream. Who takes the next holds this row until his transaction ends."""

    __tablename__ = "stream_counters"

    stream: Mapped[str] = mapped_column(Code, primary_key=True)
    latest: Mapped[int]
