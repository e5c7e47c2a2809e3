"""Disputes (异议): a payee's word against a line of an issued statement, and what became of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, one_of
from ..ledger.lines import Adjustment, PostedLine
from ..statements.statements import Statement


class DisputeState(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Dispute(Base):
    """A line that its payee does not agree with. Only one dispute of a line can be open.

    What was said and who said it are its steps; here is only where it stands.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        one_of("state", DisputeState),
        Index(
            "uq_disputes_open",
            "line_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_disputes_state", "state", "id"),
        Index("ix_disputes_line", "line_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("posted_lines.id"))
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"), index=True)
    state: Mapped[DisputeState]
    filed_at: Mapped[datetime]

    line: Mapped[PostedLine] = relationship()
    statement: Mapped[Statement] = relationship()
    steps: Mapped[list["DisputeStep"]] = relationship(order_by="DisputeStep.id", back_populates="dispute")
    files: Mapped[list["DisputeFile"]] = relationship(order_by="DisputeFile.id", back_populates="dispute")
    adjustments: Mapped[list[Adjustment]] = relationship(order_by=Adjustment.id)


class DisputeStep(Base):
    """What was said of a dispute, by whom and when: filing it, the answer, taking it back. Never edited."""

    __tablename__ = "dispute_steps"
    __table_args__ = (
        one_of("state", DisputeState),
        UniqueConstraint("dispute_id", "state"),
        CheckConstraint("state = 'withdrawn' OR length(words) > 0", name="says_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"))
    state: Mapped[DisputeState]
    words: Mapped[str]
    actor_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    dispute: Mapped[Dispute] = relationship(back_populates="steps")
    actor: Mapped[Person] = relationship()


class DisputeFile(Base):
    """A picture or PDF that goes with a dispute; it lies sealed outside the database. Never edited."""

    __tablename__ = "dispute_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]

    dispute: Mapped[Dispute] = relationship(back_populates="files")
