"""Boards (经营目标): targets, weights and edges as one person proposed them, and from which month on they hold."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..partners.agreements import Development
from ..proposals import Proposal, two_people

_IN_FORCE = text("state = 'confirmed'")
_FOR_ALL = text("state = 'confirmed' AND development_id IS NULL")


class MeasureBoard(Proposal, Base):
    """A board as it was proposed, and what another person decided. Confirmed, it holds from `starts_at` on, the first
    instant of a month.

    Without `development_id` it is for all that have none of their own. An empty `toml` of a development ends its own
    board: from then on it follows the one for all. None is confirmed whose month has begun.
    """

    __tablename__ = "measure_boards"
    __table_args__ = (
        *two_people(),
        CheckConstraint("state <> 'confirmed' OR decided_at < starts_at", name="never_backdated"),
        CheckConstraint("development_id IS NOT NULL OR length(toml) > 0", name="all_have_one"),
        CheckConstraint("length(note) > 0", name="says_why"),
        Index(
            "uq_measure_boards_start",
            "development_id",
            "starts_at",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index(
            "uq_measure_boards_start_for_all",
            "starts_at",
            unique=True,
            sqlite_where=_FOR_ALL,
            postgresql_where=_FOR_ALL,
        ),
        Index("ix_measure_boards_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"), index=True)
    toml: Mapped[str]
    starts_at: Mapped[datetime]
    note: Mapped[str]

    development: Mapped[Development | None] = relationship()
