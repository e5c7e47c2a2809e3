"""Offers of a better reward plan that referrers took."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..commission.plans import RewardPlanVersion
from .referrals import Referrer


class PlanAcceptance(Base):
    """That a referrer took a version instead of the one that held until then: friends who leave a number from `at` on
    are rewarded by it. Never edited, and never taken back."""

    __tablename__ = "plan_acceptances"
    __table_args__ = (UniqueConstraint("referrer_id", "version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    referrer_id: Mapped[int] = mapped_column(ForeignKey("referrers.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("reward_plan_versions.id"), index=True)
    at: Mapped[datetime]
    address: Mapped[str | None]

    referrer: Mapped[Referrer] = relationship()
    version: Mapped[RewardPlanVersion] = relationship()
