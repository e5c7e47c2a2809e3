"""Rule profiles (判客规则) of developments: by which rules a touch is judged, from which day on."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..partners.agreements import Development
from ..proposals import Proposal, two_people

_IN_FORCE = text("state = 'confirmed'")


class RuleProfile(Proposal, Base):
    """A profile as it was proposed, and what another person decided. Confirmed, it is in force from `starts_at` on.

    It never changes, and the database confirms none whose day has begun: a touch keeps the rules of its own day.
    """

    __tablename__ = "rule_profiles"
    __table_args__ = (
        *two_people(),
        CheckConstraint("state <> 'confirmed' OR decided_at < starts_at", name="never_backdated"),
        Index(
            "uq_rule_profiles_start",
            "development_id",
            "starts_at",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index("ix_rule_profiles_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), index=True)
    toml: Mapped[str]
    starts_at: Mapped[datetime]
    note: Mapped[str]

    development: Mapped[Development] = relationship()
