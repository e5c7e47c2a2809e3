"""The rules of points as they were published, and what somebody proposes as the next."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..proposals import Proposal, two_people


class CareScoring(Base):
    """A version of the rules of points (评分规则), as the text that was published. The latest holds; none is edited."""

    __tablename__ = "care_scorings"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    toml: Mapped[str]
    note: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class CareScoringDraft(Proposal, Base):
    """The next rules of points, as one person proposes them; another publishes them, or sends them back."""

    __tablename__ = "care_scoring_drafts"
    __table_args__ = (
        *two_people(),
        CheckConstraint("(state = 'confirmed') = (version_id IS NOT NULL)", name="published_as"),
        Index("ix_care_scoring_drafts_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    toml: Mapped[str]
    note: Mapped[str]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("care_scorings.id"), unique=True)

    version: Mapped[CareScoring | None] = relationship()
