"""Care plans (跟进计划) as they were proposed, for one development or for all, and from which day on they hold."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..partners.agreements import Development
from ..proposals import Proposal, two_people

_IN_FORCE = text("state = 'confirmed'")
_FOR_ALL = text("state = 'confirmed' AND development_id IS NULL")


class CarePlan(Proposal, Base):
    """A plan as it was proposed, and what another person decided. Confirmed, it holds from `starts_at` on.

    Without `development_id` it is for all that have none of their own. An empty `toml` of a development ends its own
    plan: from then on it follows the one for all again. It never changes, and none is confirmed whose day has begun.
    """

    __tablename__ = "care_plans"
    __table_args__ = (
        *two_people(),
        CheckConstraint("state <> 'confirmed' OR decided_at < starts_at", name="never_backdated"),
        CheckConstraint("development_id IS NOT NULL OR length(toml) > 0", name="all_have_one"),
        Index(
            "uq_care_plans_start",
            "development_id",
            "starts_at",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index(
            "uq_care_plans_start_for_all",
            "starts_at",
            unique=True,
            sqlite_where=_FOR_ALL,
            postgresql_where=_FOR_ALL,
        ),
        Index("ix_care_plans_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"), index=True)
    toml: Mapped[str]
    starts_at: Mapped[datetime]
    note: Mapped[str]

    development: Mapped[Development | None] = relationship()
