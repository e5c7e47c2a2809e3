"""The newest instant that was believed on each machine, and what is odd about a clock (ADR 24)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from ..rules.timekeeping import Doubt
from .base import Base


class ClockMark(Base):
    """What one start of one machine (`boot`) knows of time: when the worker last believed the clock, after how many
    seconds of running; or since when it does not."""

    __tablename__ = "clock_marks"
    __table_args__ = (
        CheckConstraint("(at IS NULL) = (uptime IS NULL)", name="believed_whole"),
        CheckConstraint("(doubt IS NULL) = (doubted_at IS NULL)", name="doubted_whole"),
        CheckConstraint("doubt IS NULL OR doubt IN ('leapt', 'ahead', 'behind', 'apart')", name="doubt_known"),
    )

    boot: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime | None]
    uptime: Mapped[float | None]
    doubt: Mapped[Doubt | None]
    doubted_at: Mapped[datetime | None]
