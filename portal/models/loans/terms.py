"""Loan terms (按揭条款): banks with their usual days, papers, compensation; proposed by one, published by another."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..partners.agreements import Development
from ..proposals import Proposal, two_people


class LoanTerms(Proposal, Base):
    """Terms of a development, or of all that have none of their own. The newest confirmed ones hold."""

    __tablename__ = "loan_terms"
    __table_args__ = (
        *two_people(),
        CheckConstraint("length(note) > 0", name="says_why"),
        Index("ix_loan_terms_development", "development_id", "state", "id"),
        Index("ix_loan_terms_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    toml: Mapped[str]
    note: Mapped[str]

    development: Mapped[Development | None] = relationship()
