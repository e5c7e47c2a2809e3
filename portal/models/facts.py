"""The register of facts: the digest of each fact that money rests on, in a chain of hashes."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Code


class FactEntry(Base):
    """One fact as it was when it was recorded: `kind` and `row_id` say which, `id` is its number without gaps.

    `commissions.facts` knows how the digest and the hash are made, `services.facts` what counts of each kind.
    """

    __tablename__ = "fact_entries"
    __table_args__ = (UniqueConstraint("kind", "row_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Code)
    row_id: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
