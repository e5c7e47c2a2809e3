"""A client's file at a development, in whose care it is, and what each side thinks of it.

What the developer's people wrote has no `agency_id`; what a broker wrote has his agency's. Neither reads the other's
unless it is `shown_to_other` (ADR 75).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, ScalarSelect, Select, UniqueConstraint, false, select
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from ...rules.care.plan import Grade
from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..clients import Client
from ..partners.agreements import Development


class CareFile(Base):
    """A client's file (客户档案): one for each development and client, shared by all who may see the client there, so
    that nobody disturbs him twice. The name rests sealed for this development and client alone."""

    __tablename__ = "care_files"
    __table_args__ = (UniqueConstraint("development_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    name_sealed: Mapped[bytes]
    opened_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    development: Mapped[Development] = relationship()
    client: Mapped[Client] = relationship()
    opener: Mapped[Person | None] = relationship(foreign_keys=[opened_by])


OPENED = "opened"
"""The reason of an assignment to who opened the file himself, or brought it in with a list."""


class CareAssignment(Base):
    """A client given into somebody's care: in turn or by hand, the first time or from another. The latest counts; none
    is edited.

    `number` counts those of one file, so that of two who hand a client out at once the database lets one through.
    `passed_over`: who stood before in the turn, and why he was not asked.
    """

    __tablename__ = "care_assignments"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("length(reason) > 0", name="has_reason"),
        UniqueConstraint("file_id", "number"),
        Index("ix_care_assignments_person", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    number: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    reason: Mapped[str]
    in_turn: Mapped[bool] = mapped_column(server_default=false())
    passed_over: Mapped[list[dict[str, Any]]]

    file: Mapped[CareFile] = relationship()
    carer: Mapped[Person] = relationship(foreign_keys=[person_id])
    by: Mapped[Person] = relationship(foreign_keys=[by_id])


class CareJudgement(Base):
    """What one side thinks of a client: grade and the three marks (MAD). Each row says all of it; the side's latest
    counts."""

    __tablename__ = "care_judgements"
    __table_args__ = (
        one_of("grade", Grade),
        Index("ix_care_judgements_file", "file_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    shown_to_other: Mapped[bool] = mapped_column(server_default=false())
    at: Mapped[datetime]
    grade: Mapped[Grade | None]
    money: Mapped[bool] = mapped_column(server_default=false())
    authority: Mapped[bool] = mapped_column(server_default=false())
    desire: Mapped[bool] = mapped_column(server_default=false())

    file: Mapped[CareFile] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])


class CareLoss(Base):
    """A side gave a client up as lost, with its reason, or took that back (`revived`); the side's latest counts, and a
    newer touch revives as well."""

    __tablename__ = "care_losses"
    __table_args__ = (
        CheckConstraint("revived OR length(reason) > 0", name="has_reason"),
        Index("ix_care_losses_file", "file_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    at: Mapped[datetime]
    revived: Mapped[bool] = mapped_column(server_default=false())
    reason: Mapped[str] = mapped_column(Code)

    file: Mapped[CareFile] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])


def latest_assignments() -> Select[CareAssignment]:
    """The assignment of each file that counts."""
    later = aliased(CareAssignment)
    after = select(later.id).where(later.file_id == CareAssignment.file_id, later.number > CareAssignment.number)
    return select(CareAssignment).where(~after.correlate(CareAssignment).exists())


def carer_of(file_id: Any) -> ScalarSelect[Any]:
    """In whose care a file is; NULL while it was given to nobody. Asked for inside a query."""
    row = aliased(CareAssignment)
    latest = select(row.person_id).where(row.file_id == file_id).order_by(row.number.desc()).limit(1)
    return latest.scalar_subquery()
