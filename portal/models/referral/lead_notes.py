"""What staff wrote down of a friend who left a number, and what comes next."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, false, func, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base
from .referrals import Lead

_OF_STEPS = text("step_sealed IS NOT NULL OR step_over")


class LeadNote(Base):
    """A note on a lead, a next step (what, who, by which day), or both. Rows are added and never change.

    The newest row that speaks of a step says which one there is: its own, or, where it is `step_over` without another,
    none. What was written is about a person, so it rests sealed.
    """

    __tablename__ = "lead_notes"
    __table_args__ = (
        CheckConstraint(
            "(step_sealed IS NULL) = (step_by IS NULL) AND (step_sealed IS NULL) = (due_on IS NULL)", name="whole_step"
        ),
        CheckConstraint("text_sealed IS NOT NULL OR step_sealed IS NOT NULL OR step_over", name="says_something"),
        Index("ix_lead_notes_steps", "lead_id", "id", sqlite_where=_OF_STEPS, postgresql_where=_OF_STEPS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), index=True)
    at: Mapped[datetime]
    written_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text_sealed: Mapped[bytes | None]
    step_sealed: Mapped[bytes | None]
    step_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    due_on: Mapped[date | None]
    step_over: Mapped[bool] = mapped_column(server_default=false())

    lead: Mapped[Lead] = relationship()
    writer: Mapped[Person] = relationship(foreign_keys=[written_by])
    who: Mapped[Person | None] = relationship(foreign_keys=[step_by])


def open_steps() -> Select[LeadNote]:
    """The notes whose step is what comes next for their lead."""
    speaks = or_(LeadNote.step_sealed.is_not(None), LeadNote.step_over)
    newest = select(func.max(LeadNote.id)).where(speaks).group_by(LeadNote.lead_id)
    return select(LeadNote).where(LeadNote.id.in_(newest), LeadNote.step_sealed.is_not(None))
