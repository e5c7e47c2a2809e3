"""Rounds in which everything sealed was sealed anew with another data key."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Code

_OPEN = text("ended_at IS NULL")


class KeyRotation(Base):
    """A round of `portal keys rotate`: `name` is the key that seals anew, by the id that sealed values begin with.

    While it is open the database lets sealed values of append-only tables be replaced by such as this key sealed, and
    nothing else of their rows (ADR 42). `rows` and `files` count what was sealed anew, over all tries. It ends when
    nothing is left on another key, or another round began.
    """

    __tablename__ = "key_rotations"
    __table_args__ = (
        CheckConstraint("rows >= 0 AND files >= 0", name="counts"),
        Index("uq_key_rotations_open", "name", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Code)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    rows: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
