"""Months as finance closes them, and how far a close has come."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, one_of


class PeriodState(StrEnum):
    """Where a month stands. It only moves forward, by conditional updates."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class Period(Base):
    """A month that finance closes or has closed. A month without a row is open.

    The work goes payee by payee, agencies up to `agency_cursor` first, then persons up to `person_cursor`. The
    cursors move in the transaction that writes a chunk of statements, so whoever is killed leaves a close that goes
    on where it stood. `whole` payees were due when it began; `done` and the sums are those of the `chunks` written so
    far, each of which is the ledger batch `close:2026-03:1`, `close:2026-03:2`, … where it booked anything.
    """

    __tablename__ = "periods"
    __table_args__ = (
        one_of("state", PeriodState),
        CheckConstraint("(state = 'open') = (started_at IS NULL)", name="started"),
        CheckConstraint("(started_at IS NULL) = (started_by IS NULL)", name="started_by_somebody"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_periods_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(String(7), unique=True)
    state: Mapped[PeriodState]
    started_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    started_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    agency_cursor: Mapped[int]
    person_cursor: Mapped[int]
    chunks: Mapped[int]
    whole: Mapped[int]
    done: Mapped[int]
    seals: Mapped[int]
    posted: Mapped[int]
    posted_fen: Mapped[int]
    statements: Mapped[int]
    lines: Mapped[int]
    lines_fen: Mapped[int]
    payable_fen: Mapped[int]
    carried_fen: Mapped[int]
    trouble: Mapped[str | None] = mapped_column(Code)

    starter: Mapped[Person | None] = relationship()
