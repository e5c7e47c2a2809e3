"""Who did what, when, from where, to which record."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .accounts.people import Person
from .base import Base, Code

_PLACED = text("address IS NOT NULL")


class AuditEntry(Base):
    """One deed. Append-only: the database refuses to change or delete it, but for the address that it came from, which
    goes after half a year and later (`services.audit.forget_addresses`). Holds no other personal data."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject", "subject_kind", "subject_id"),
        Index("ix_audit_entries_actor", "actor_id", "id"),
        Index("ix_audit_entries_action", "action", "id"),
        Index("ix_audit_entries_address", "at", sqlite_where=_PLACED, postgresql_where=_PLACED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    action: Mapped[str] = mapped_column(Code)
    subject_kind: Mapped[str] = mapped_column(Code)
    subject_id: Mapped[int | None]
    address: Mapped[str | None]
    facts: Mapped[dict[str, Any]]

    actor: Mapped[Person | None] = relationship()
