"""Posted commission lines: the ledger's reasons."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Code, one_of
from .deals import Deal, Milestone
from .plans import PlanVersion


class Cause(StrEnum):
    """Why a line was posted (rules 5.4)."""

    ACCRUAL = "accrual"
    INSTALMENT = "instalment"
    TOP_UP = "top_up"
    CLAWBACK = "clawback"
    RE_RANK = "re_rank"
    CORRECTION = "correction"


class CommissionLine(Base):
    """A change of what an agency has earned by a deal, with its explanation. Never edited.

    One event posts at most one line for a deal's instalment: the database sees to it, so that a repeated
    event cannot pay twice.
    """

    __tablename__ = "commission_lines"
    __table_args__ = (
        one_of("cause", Cause),
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        UniqueConstraint("milestone_id", "deal_id", "instalment"),
        Index("ix_commission_lines_agency", "agency_id", "posted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    instalment: Mapped[str] = mapped_column(Code)
    cause: Mapped[Cause]
    amount_fen: Mapped[int]
    rank: Mapped[int | None]
    window: Mapped[str] = mapped_column(Code)
    rate_bps: Mapped[int | None]
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_versions.id"))
    why: Mapped[dict[str, Any]]
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestones.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("ledger_batches.id"))
    posted_at: Mapped[datetime]

    deal: Mapped[Deal] = relationship()
    milestone: Mapped[Milestone] = relationship()
    plan_version: Mapped[PlanVersion] = relationship()


class Benefit(Base):
    """A benefit, such as the trip, granted once a window when its rank is reached (rules 5.2)."""

    __tablename__ = "benefits"
    __table_args__ = (
        Index(
            "uq_benefits_granted",
            "agency_id",
            "scope",
            "window",
            "name",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    scope: Mapped[str] = mapped_column(Code)
    window: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
