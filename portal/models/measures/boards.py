"""Boards (经营目标): targets, weights and edges as one person proposed them, and from which month on they hold."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..proposals import Version, versions


class MeasureBoard(Version, Base):
    """A board as it was proposed, and what another person decided. It begins with a month."""

    __tablename__ = "measure_boards"
    __table_args__ = (*versions(__tablename__), CheckConstraint("length(note) > 0", name="says_why"))

    id: Mapped[int] = mapped_column(primary_key=True)
