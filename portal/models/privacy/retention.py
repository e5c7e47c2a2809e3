"""Proofs of erasure: what is left when face data is gone."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, one_of
from ..partners.agreements import Development


class Erased(StrEnum):
    """What was erased. A `file` is one that no row named: a crash between writing it and the commit left it."""

    PHOTO = "photo"
    TEMPLATE = "template"
    APPEAL_PICTURE = "appeal_picture"
    FILE = "file"


class Why(StrEnum):
    """Why it was erased (rules 3.5)."""

    TIME_OVER = "time_over"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    ENROLLED_AGAIN = "enrolled_again"
    ON_REQUEST = "on_request"
    NOBODYS = "nobodys"


class Erasure(Base):
    """One thing that was erased. Append-only, and without personal data.

    `digest` is the SHA-256 of what was erased: of a template as it lay sealed, of a photo as it was sent; of an
    appeal's picture and of a file without a row, that of its name. `row_id` is the row's that stays behind empty.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        one_of("kind", Erased),
        one_of("why", Why),
        CheckConstraint("(row_id IS NULL) = (kind = 'file')", name="file_has_no_row"),
        Index("uq_erasures_row", "kind", "row_id", unique=True),
        Index("ix_erasures_development", "development_id", "id"),
        Index("ix_erasures_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Erased]
    row_id: Mapped[int | None]
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    why: Mapped[Why]
    digest: Mapped[str] = mapped_column(String(64))
    erased_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    development: Mapped[Development | None] = relationship()
    person: Mapped[Person | None] = relationship()
