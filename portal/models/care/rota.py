"""Who stands in the turn of a development, and who is away and covered by whom."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Day, one_of
from ..partners.agreements import Development

_STANDS = text("ended_at IS NULL")


class CarePost(Base):
    """A consultant stands in a development's turn (轮接), until that is ended."""

    __tablename__ = "care_posts"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_whom"),
        Index(
            "uq_care_posts_standing",
            "development_id",
            "person_id",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    development: Mapped[Development] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class AwayWhy(StrEnum):
    """Why somebody is away."""

    DAY_OFF = "day_off"
    ILL = "ill"
    LEAVE = "leave"
    TRAINING = "training"


class CareAbsence(Base):
    """A consultant is away from a day to a day: he is passed over in the turn, and `cover_id` sees and does what is due
    to his clients meanwhile. It can be ended before its last day."""

    __tablename__ = "care_absences"
    __table_args__ = (
        one_of("why", AwayWhy),
        CheckConstraint("last_day >= first_day", name="ends_after_it_begins"),
        CheckConstraint("cover_id IS NULL OR cover_id <> person_id", name="covered_by_another"),
        Index("ix_care_absences_person", "person_id", "last_day"),
        Index("ix_care_absences_cover", "cover_id", "last_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    first_day: Mapped[date] = mapped_column(Day)
    last_day: Mapped[date] = mapped_column(Day)
    why: Mapped[AwayWhy]
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    cover: Mapped[Person | None] = relationship(foreign_keys=[cover_id])
