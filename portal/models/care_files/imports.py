"""Lists of clients that somebody brought in: from where, on what ground, and what came of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.care_files.importing import Source
from ..accounts.people import Person
from ..base import Base, one_of
from ..partners.agreements import Development


class CareImport(Base):
    """One list that was brought in: `source` and `consent` are what whoever brought it said of where the data comes
    from and how its owners agreed. What stood in it is in the files, and nowhere else."""

    __tablename__ = "care_imports"
    __table_args__ = (
        one_of("source", Source),
        CheckConstraint("length(consent) > 0", name="says_consent"),
        CheckConstraint("made >= 0 AND added >= 0 AND left_out >= 0", name="are_counts"),
        Index("ix_care_imports_by", "by_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    at: Mapped[datetime]
    source: Mapped[Source]
    consent: Mapped[str]
    made: Mapped[int]
    added: Mapped[int]
    left_out: Mapped[int]

    development: Mapped[Development] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
