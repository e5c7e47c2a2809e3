"""Owners after the handover: when it is planned for, their files, and the surveys that they are asked in."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.aftercare.survey import Occasion
from ..accounts.people import Person
from ..base import Base, Day, one_of
from ..care.files import CareFile
from ..deals.deals import Deal


class PlannedHandover(Base):
    """The day for which the handover of a deal is planned; the latest row counts, none is edited. That it took place is
    the deal's milestone."""

    __tablename__ = "planned_handovers"
    __table_args__ = (Index("ix_planned_handovers_deal", "deal_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    on_day: Mapped[date] = mapped_column(Day)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    deal: Mapped[Deal] = relationship()
    by: Mapped[Person] = relationship()


class OwnerFile(Base):
    """What is known of an owner of a home (业主档案), as far as he told it; one a deal. Family and hobbies rest sealed.

    `link_key`: the unguessable part of the address of his own page. `poster_offered_at`: he was asked whether he wants
    a poster to bring friends, which is done once; `poster_answered_at`, `poster_wanted`: what he said.
    """

    __tablename__ = "owner_files"
    __table_args__ = (
        CheckConstraint("(poster_answered_at IS NULL) = (poster_wanted IS NULL)", name="poster_answered"),
        CheckConstraint("poster_answered_at IS NULL OR poster_offered_at IS NOT NULL", name="poster_offered_before"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), unique=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"), index=True)
    link_key: Mapped[str] = mapped_column(String(32), unique=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    moved_in_on: Mapped[date | None] = mapped_column(Day)
    family_sealed: Mapped[bytes | None]
    hobbies_sealed: Mapped[bytes | None]
    poster_offered_at: Mapped[datetime | None]
    poster_answered_at: Mapped[datetime | None]
    poster_wanted: Mapped[bool | None]

    deal: Mapped[Deal] = relationship()
    file: Mapped[CareFile] = relationship()


class Survey(Base):
    """A survey that an owner is asked in, by a link that is good until `expires_at`; one a day at most. Nobody asked
    (`asked_by`) where its day had come."""

    __tablename__ = "surveys"
    __table_args__ = (one_of("occasion", Occasion), UniqueConstraint("owner_id", "asked_on"))

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("owner_files.id"))
    occasion: Mapped[Occasion]
    link_key: Mapped[str] = mapped_column(String(32), unique=True)
    asked_on: Mapped[date] = mapped_column(Day)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    expires_at: Mapped[datetime]

    owner: Mapped[OwnerFile] = relationship()
    asker: Mapped[Person | None] = relationship()
    answer: Mapped["SurveyAnswer | None"] = relationship(back_populates="survey")


class SurveyAnswer(Base):
    """What an owner answered, once: marks of one to five, and words of his own, which rest sealed."""

    __tablename__ = "survey_answers"
    __table_args__ = (
        CheckConstraint(
            "estate BETWEEN 1 AND 5 AND building BETWEEN 1 AND 5 AND service BETWEEN 1 AND 5", name="are_marks"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"), unique=True)
    estate: Mapped[int]
    building: Mapped[int]
    service: Mapped[int]
    words_sealed: Mapped[bytes | None]
    at: Mapped[datetime]

    survey: Mapped[Survey] = relationship(back_populates="answer")
