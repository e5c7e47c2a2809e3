"""What a client told, and what he was seen to do. Rows are added and never change; what rests sealed in them may be
sealed anew, and emptied when it is erased: the database lets nothing else through.

As in `models.care.files`, what an agency's people wrote bears its `agency_id`, and neither side reads the other's.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.care.plan import Mark
from ...rules.care_files.days import ToldDay
from ...rules.care_files.facts import Behaviour
from ..accounts.people import Person
from ..base import Base, one_of
from ..care.files import CareFile, CareJudgement


class CareNeeds(Base):
    """A client's needs as one side knows them from an instant on: all of them in each row, sealed; the side's latest
    counts. `known`: how many parts are known."""

    __tablename__ = "care_needs"
    __table_args__ = (Index("ix_care_needs_file", "file_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    shown_to_other: Mapped[bool] = mapped_column(server_default=false())
    at: Mapped[datetime]
    known: Mapped[int]
    needs_sealed: Mapped[bytes]

    file: Mapped[CareFile] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])


class CareGround(Base):
    """What one of the three marks (MAD) of a judgement rests on, in the words of who judged."""

    __tablename__ = "care_grounds"
    __table_args__ = (one_of("mark", tuple(Mark)[:3]), UniqueConstraint("judgement_id", "mark"))

    id: Mapped[int] = mapped_column(primary_key=True)
    judgement_id: Mapped[int] = mapped_column(ForeignKey("care_judgements.id"))
    mark: Mapped[Mark]
    words_sealed: Mapped[bytes]

    judgement: Mapped[CareJudgement] = relationship()


class CareDay(Base):
    """A day in a client's life that he told us himself; an empty seal takes back what was written. The side's latest
    of a kind counts."""

    __tablename__ = "care_days"
    __table_args__ = (one_of("kind", ToldDay), Index("ix_care_days_file", "file_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    at: Mapped[datetime]
    kind: Mapped[ToldDay]
    day_sealed: Mapped[bytes]

    file: Mapped[CareFile] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])


class CareSighting(Base):
    """Something that a client was seen to do, once: watched the virtual tour, asked for the price. `by_link`: nobody
    saw it, he opened the link that `by_id` had handed on. `undoes_id`: it was no such thing after all."""

    __tablename__ = "care_sightings"
    __table_args__ = (one_of("behaviour", Behaviour), Index("ix_care_sightings_file", "file_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    at: Mapped[datetime]
    behaviour: Mapped[Behaviour]
    by_link: Mapped[bool] = mapped_column(server_default=false())
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("care_sightings.id"), unique=True)

    file: Mapped[CareFile] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
