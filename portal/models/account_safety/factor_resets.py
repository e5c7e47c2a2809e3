"""Second factors that are said to be lost: who asked, and what two people decided."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base
from ..proposals import Proposal, ProposalState, two_people


class ResetStanding(StrEnum):
    """Where a reset stands: proposed, confirmed and waiting for its time, done, stopped in that time, sent back, or
    withdrawn."""

    PROPOSED = "proposed"
    WAITS = "waits"
    DONE = "done"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_OPEN = text("state = 'proposed' OR (state = 'confirmed' AND done_at IS NULL AND cancelled_at IS NULL)")
_ONCE_OPEN: dict[str, Any] = {"unique": True, "sqlite_where": _OPEN, "postgresql_where": _OPEN}


class FactorReset(Proposal, Base):
    """That all second factors of somebody who lost them are taken away: proposed by one, confirmed by another, done at
    `due_at` unless it is stopped before.

    For one account one is open at a time. What is proposed never changes, a decision is final, and so is the end: the
    database sees to it.
    """

    __tablename__ = "factor_resets"
    __table_args__ = (
        *two_people(),
        CheckConstraint("proposed_by <> person_id", name="not_proposed_for_oneself"),
        CheckConstraint("state <> 'confirmed' OR decided_by <> person_id", name="not_own_account"),
        CheckConstraint("(state = 'confirmed') = (due_at IS NOT NULL)", name="due_when_confirmed"),
        CheckConstraint("due_at IS NULL OR due_at >= decided_at", name="due_afterwards"),
        CheckConstraint("done_at IS NULL OR (state = 'confirmed' AND done_at >= due_at)", name="done_when_due"),
        CheckConstraint("cancelled_at IS NULL OR (state = 'confirmed' AND done_at IS NULL)", name="ends_once"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled_by_somebody"),
        CheckConstraint("length(note) > 0", name="has_note"),
        Index("ix_factor_resets_state", "state", "id"),
        Index("uq_factor_resets_person", "person_id", **_ONCE_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str]
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    canceller: Mapped[Person | None] = relationship(foreign_keys=cancelled_by)

    @property
    def standing(self) -> ResetStanding:
        """Where it stands."""
        if self.state is not ProposalState.CONFIRMED:
            return ResetStanding(self.state.value)
        if self.done_at is not None:
            return ResetStanding.DONE
        return ResetStanding.WAITS if self.cancelled_at is None else ResetStanding.CANCELLED


_ASKED = text("closed_at IS NULL")


class LostFactorNote(Base):
    """That somebody said, half signed in, that every second factor is lost. It is closed by who proposes the reset, or
    says that none is needed."""

    __tablename__ = "lost_factor_notes"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
        Index("uq_lost_factor_notes_person", "person_id", unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person] = relationship(foreign_keys=person_id)
