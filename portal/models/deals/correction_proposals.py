"""Corrections that move much money: proposed by one person with what they would post, confirmed by another."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..commission.plans import PlanVersion
from ..partners.agreements import Agreement
from ..proposals import Proposal, two_people
from .corrections import Correction
from .deals import Deal


class CorrectionProposal(Proposal, Base):
    """A correction above the limit of one hand, of a deal's price or signing, or of the plan of a window's deals.

    `lines` is what it posts, as it was shown when it was proposed, and `moved_fen` the sum of those amounts without
    their signs. It is executed only while that is still so. `because` is the correction's reason; `reason`, that of its
    refusal.
    """

    __tablename__ = "correction_proposals"
    __table_args__ = (
        *two_people(),
        CheckConstraint("(deal_id IS NULL) <> (agreement_id IS NULL)", name="of_one"),
        CheckConstraint("(deal_id IS NULL) = (version_id IS NOT NULL AND label IS NOT NULL)", name="plan_of_window"),
        CheckConstraint("state <> 'confirmed' OR correction_id IS NOT NULL", name="executed_as"),
        CheckConstraint("length(because) > 0", name="says_why"),
        Index("ix_correction_proposals_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"), index=True)
    price_fen: Mapped[int | None]
    signed_at: Mapped[datetime | None]
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id"))
    label: Mapped[str | None] = mapped_column(String(10))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("plan_versions.id"))
    because: Mapped[str]
    lines: Mapped[list[dict[str, Any]]]
    moved_fen: Mapped[int]
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("corrections.id"), unique=True)

    deal: Mapped[Deal | None] = relationship()
    agreement: Mapped[Agreement | None] = relationship()
    plan_version: Mapped[PlanVersion | None] = relationship()
    correction: Mapped[Correction | None] = relationship()
