"""Lists that are exported again and again for one person, and the runs: each makes one file, in parts."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.exports.rhythm import LAST_DAY, Every, Rhythm
from ..accounts.people import Person, Role
from ..base import Base, Code, one_of


class ExportFormat(StrEnum):
    """What kind of file it is: the ending of its name."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class ScheduleEnd(StrEnum):
    """Why nothing is exported any more: by the owner's hand, because the right to the list is gone, because what it was
    of is gone, or because the owner left."""

    BY_HAND = "by_hand"
    NO_RIGHT = "no_right"
    GONE = "gone"
    LEFT = "left"


class ExportSchedule(Base):
    """A list that its owner has exported each day, week or month.

    `endpoint` makes the list's file; `arguments` is what else stands in its address, `filters` what stands behind it.
    What was searched for is never kept. `since`: from when on it runs, for it was made, changed or resumed then.
    """

    __tablename__ = "export_schedules"
    __table_args__ = (
        one_of("format", ExportFormat),
        one_of("every", Every),
        one_of("ended_why", ScheduleEnd),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour_of_a_day"),
        CheckConstraint("(every = 'week') = (weekday IS NOT NULL)", name="weekday_of_a_week"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),
        CheckConstraint("(every = 'month') = (day IS NOT NULL)", name="day_of_a_month"),
        CheckConstraint(f"day BETWEEN 1 AND {LAST_DAY}", name="day_known"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended"),
        Index("ix_export_schedules_running", "ended_at", "paused_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    endpoint: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[dict[str, Any]]
    filters: Mapped[dict[str, Any]]
    format: Mapped[ExportFormat]
    locale: Mapped[str] = mapped_column(Code)
    every: Mapped[Every]
    hour: Mapped[int]
    weekday: Mapped[int | None]
    day: Mapped[int | None]
    made_at: Mapped[datetime]
    since: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[ScheduleEnd | None]

    person: Mapped[Person] = relationship()

    @property
    def rhythm(self) -> Rhythm:
        """How often and when."""
        return Rhythm(self.every, self.hour, self.weekday, self.day)


class ExportState(StrEnum):
    """Where a run stands: it waits (for its turn, or to be tried again), its file is made, the file was erased when its
    time was over, it was given up, or it was dropped because its schedule paused or ended first."""

    WAITING = "waiting"
    MADE = "made"
    ERASED = "erased"
    FAILED = "failed"
    DROPPED = "dropped"


class ExportRun(Base):
    """One export of a schedule: due once, made once. `role`: with whose rights it was made. `tried`: how often.

    While it waits, `next_at` is when it is tried (again); who tries moves it on first, so that nobody else does.
    """

    __tablename__ = "export_runs"
    __table_args__ = (
        one_of("state", ExportState),
        one_of("role", Role),
        UniqueConstraint("schedule_id", "due_at"),
        CheckConstraint("(state = 'waiting') = (next_at IS NOT NULL)", name="waits_for_a_try"),
        CheckConstraint("(state IN ('made', 'erased')) = (sha256 IS NOT NULL)", name="made"),
        CheckConstraint("(state = 'failed') = (why IS NOT NULL)", name="failed"),
        Index("ix_export_runs_state", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("export_schedules.id"))
    due_at: Mapped[datetime]
    state: Mapped[ExportState]
    tried: Mapped[int] = mapped_column(default=0, server_default="0")
    next_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    role: Mapped[Role | None]
    rows: Mapped[int | None]
    size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    keep_until: Mapped[datetime | None]
    why: Mapped[str | None] = mapped_column(Code)

    schedule: Mapped[ExportSchedule] = relationship()


class ExportPart(Base):
    """So many bytes of a run's file, sealed: one after another they are the file."""

    __tablename__ = "export_parts"
    __table_args__ = (UniqueConstraint("run_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("export_runs.id"))
    number: Mapped[int]
    size: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(32))
