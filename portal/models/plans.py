"""Versions of commission plans and reward plans, kept as the text that was published."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Code


class PlanVersion(Base):
    """A commission plan as published (佣金方案). Never edited: a change is a new version."""

    __tablename__ = "plan_versions"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Code)
    version: Mapped[int]
    toml: Mapped[str]
    effective_from: Mapped[datetime]
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class RewardPlanVersion(Base):
    """A referral reward plan as published, for one audience. Never edited: a change is a new version.

    A referrer keeps the version in force on joining: what was promised is not taken back.
    """

    __tablename__ = "reward_plan_versions"
    __table_args__ = (UniqueConstraint("audience", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    audience: Mapped[str] = mapped_column(Code)
    version: Mapped[int]
    toml: Mapped[str]
    effective_from: Mapped[datetime]
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
