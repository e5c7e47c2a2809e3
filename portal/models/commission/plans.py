"""Versions of commission plans and reward plans, kept as the text that was published, and proposals for the next."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base, Code, Day
from ..partners.agreements import Development
from ..proposals import OfTwo, two_people


class DraftState(StrEnum):
    """Where a draft of a plan stands. Only `proposed` is still open."""

    PROPOSED = "proposed"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


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


class PlanDraft(OfTwo, Base):
    """A plan as somebody proposes it; another person publishes it, or sends it back with a reason.

    What is proposed never changes, so that what is published is what was read: a better text is a new draft, which
    says which one it `follows`. A decision is final. The database sees to both.
    """

    __tablename__ = "plan_drafts"
    __table_args__ = (
        *two_people(DraftState, agreed="published"),
        CheckConstraint("(state = 'published') = (version_id IS NOT NULL)", name="published_as"),
        Index("ix_plan_drafts_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Code)
    toml: Mapped[str]
    effective_from: Mapped[datetime]
    note: Mapped[str]
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("plan_drafts.id"))
    state: Mapped[DraftState]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("plan_versions.id"), unique=True)

    version: Mapped[PlanVersion | None] = relationship()
    follows: Mapped["PlanDraft | None"] = relationship(remote_side=id)


class RewardPlanVersion(Base):
    """A referral reward plan as published, for one audience, of one development or (None) of all that have no own one.
    Never edited: a change is a new version.

    A referrer keeps the version in force on joining: what was promised is not taken back. Until the end of the day
    `offered_until`, who joined earlier may take this one instead.
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
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    offered_until: Mapped[date | None] = mapped_column(Day)

    development: Mapped[Development | None] = relationship()


class RewardPlanDraft(OfTwo, Base):
    """A reward plan as somebody proposes it, under the rules of `PlanDraft`: no verb changes it, and another person
    publishes it or sends it back."""

    __tablename__ = "reward_plan_drafts"
    __table_args__ = (
        *two_people(DraftState, agreed="published"),
        CheckConstraint("(state = 'published') = (version_id IS NOT NULL)", name="published_as"),
        Index("ix_reward_plan_drafts_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    audience: Mapped[str] = mapped_column(Code)
    toml: Mapped[str]
    effective_from: Mapped[datetime]
    note: Mapped[str]
    state: Mapped[DraftState]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("reward_plan_versions.id"), unique=True)
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    offered_until: Mapped[date | None] = mapped_column(Day)

    version: Mapped[RewardPlanVersion | None] = relationship()
    development: Mapped[Development | None] = relationship()
