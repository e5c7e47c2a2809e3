"""What a month came to: figures that live elsewhere, as they were entered; and the months that two people sealed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.measures.board import OWN_DATA, Measure
from ..accounts.people import Person
from ..base import Base, one_of
from ..partners.agreements import Development
from ..proposals import Proposal, two_people
from .boards import MeasureBoard

_ELSEWHERE = ", ".join(f"'{one}'" for one in Measure if one not in OWN_DATA)
_FIRST = text("corrects_id IS NULL AND development_id IS NOT NULL")
_FIRST_FOR_ALL = text("corrects_id IS NULL AND development_id IS NULL")
_IN_FORCE = text("state = 'confirmed'")
_OPEN = text("state = 'proposed'")


class MeasureEntry(Base):
    """A month's figure of something that lives elsewhere: so much of so much, of a development or of all together.

    Nothing is edited: `corrects_id` is the row whose place it takes, with a reason.
    """

    __tablename__ = "measure_entries"
    __table_args__ = (
        CheckConstraint(f"measure IN ({_ELSEWHERE})", name="lives_elsewhere"),
        CheckConstraint("part >= 0 AND whole > 0", name="says_something"),
        CheckConstraint("measure <> 'wechat' OR part <= whole", name="part_of_whole"),
        CheckConstraint("(corrects_id IS NULL) OR length(reason) > 0", name="correction_says_why"),
        Index(
            "uq_measure_entries_first",
            "month",
            "measure",
            "development_id",
            unique=True,
            sqlite_where=_FIRST,
            postgresql_where=_FIRST,
        ),
        Index(
            "uq_measure_entries_first_for_all",
            "month",
            "measure",
            unique=True,
            sqlite_where=_FIRST_FOR_ALL,
            postgresql_where=_FIRST_FOR_ALL,
        ),
        Index("ix_measure_entries_month", "month", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"), index=True)
    month: Mapped[str] = mapped_column(String(7))
    measure: Mapped[Measure]
    part: Mapped[int]
    whole: Mapped[int]
    reason: Mapped[str]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("measure_entries.id"), unique=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    development: Mapped[Development | None] = relationship()
    by: Mapped[Person] = relationship()


class MeasureSeal(Proposal, Base):
    """That a month is settled, as one person proposed and another confirmed."""

    __tablename__ = "measure_seals"
    __table_args__ = (
        *two_people(),
        Index("uq_measure_seals_month", "month", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
        Index("uq_measure_seals_open", "month", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_measure_seals_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(String(7))


class SealedMeasure(Base):
    """A figure as it stood when its month was sealed, of a development or (None) of all, and the board that held: a
    row of `MeasureBoard`, or (None) the handbook's."""

    __tablename__ = "sealed_measures"
    __table_args__ = (
        one_of("measure", Measure),
        Index("ix_sealed_measures_month", "month", "development_id"),
        Index("ix_sealed_measures_seal", "seal_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("measure_seals.id"))
    month: Mapped[str] = mapped_column(String(7))
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    measure: Mapped[Measure]
    part: Mapped[int | None]
    whole: Mapped[int | None]
    board_id: Mapped[int | None] = mapped_column(ForeignKey("measure_boards.id"))

    board: Mapped[MeasureBoard | None] = relationship()
