"""Rounds in which another index key takes the place of the one in force (ADR 69)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Code

_OPEN = text("ended_at IS NULL")


class IndexRotation(Base):
    """A round of `portal keys rotate-index`: from the key with the mark `former` to the one with the mark `anew`.

    At `turned_at` the other key came into force; it ends when nothing that could move is left under the former one.
    `facts` are the proof: what was counted, by column, signed as receipts are. `rows` counts what the turn changed.
    """

    __tablename__ = "index_rotations"
    __table_args__ = (
        CheckConstraint("former <> anew", name="two_keys"),
        CheckConstraint("ended_at IS NULL OR turned_at IS NOT NULL", name="turned_first"),
        CheckConstraint(
            "(ended_at IS NULL) = (facts IS NULL) AND (facts IS NULL) = (signature IS NULL)"
            " AND (signature IS NULL) = (signed_by IS NULL)",
            name="ends_with_proof",
        ),
        Index("uq_index_rotations_open", "former", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    former: Mapped[str] = mapped_column(String(64))
    anew: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime]
    turned_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    rows: Mapped[int] = mapped_column(default=0)
    facts: Mapped[dict[str, Any] | None]
    signature: Mapped[bytes | None]
    signed_by: Mapped[str | None] = mapped_column(Code)


class DigestPair(Base):
    """A digest under the former index key, and what it is under the new one, while a round is open.

    A digest follows from the value and the key alone, so one pair serves every row and column that holds it; the
    database lets a digest of a table that only grows be changed by a pair, and by nothing else.
    """

    __tablename__ = "digest_pairs"

    former: Mapped[str] = mapped_column(String(64), primary_key=True)
    anew: Mapped[str] = mapped_column(String(64), unique=True)
