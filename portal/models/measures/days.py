"""What each day came to, kept for who asks for a year of it; and the days of which that is not so any more."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Day


class DayFigures(Base):
    """What a Shanghai day of a development came to: deals that were signed and stand, those of agencies whose client
    had been shown, those that a referral brought, and showings that count. A day of which all are 0 has no row.

    It holds unless the day is marked (`DayMark`).
    """

    __tablename__ = "day_figures"
    __table_args__ = (CheckConstraint("shown <= deals AND referred <= deals", name="parts_of_deals"),)

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), primary_key=True, autoincrement=False)
    deals: Mapped[int]
    shown: Mapped[int]
    referred: Mapped[int]
    showings: Mapped[int]


class DayMark(Base):
    """That something of a day changed. The database writes one with each change, in its transaction; a sweep counts the
    day anew and takes the mark away (ADR 108)."""

    __tablename__ = "day_marks"
    __table_args__ = (Index("ix_day_marks_day", "day", "development_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Day)
    development_id: Mapped[int]
