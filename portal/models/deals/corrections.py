"""Facts of deals that a person corrected: what stood before, what stands now, and why (rules 5.4)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, one_of
from .deals import Deal


class Corrected(StrEnum):
    """What can be corrected of a deal."""

    PRICE = "price"
    SIGNED_AT = "signed_at"
    PLAN = "plan"


class Correction(Base):
    """One correction, of one deal or of many at once. The lines that it posted are called by its id."""

    __tablename__ = "corrections"
    __table_args__ = (CheckConstraint("length(reason) > 0", name="has_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]

    maker: Mapped[Person] = relationship()
    facts: Mapped[list["CorrectedFact"]] = relationship(order_by="CorrectedFact.id", back_populates="correction")


class CorrectedFact(Base):
    """A fact of a deal before and after: a price in fen, an instant as ISO 8601 in UTC, a plan version's id."""

    __tablename__ = "corrected_facts"
    __table_args__ = (
        one_of("what", Corrected),
        CheckConstraint("before <> after", name="changes"),
        Index("ix_corrected_facts_deal", "deal_id", "what", "id"),
        Index("ix_corrected_facts_correction_id", "correction_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    correction_id: Mapped[int] = mapped_column(ForeignKey("corrections.id"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    what: Mapped[Corrected]
    before: Mapped[str]
    after: Mapped[str]

    correction: Mapped[Correction] = relationship(back_populates="facts")
    deal: Mapped[Deal] = relationship()
