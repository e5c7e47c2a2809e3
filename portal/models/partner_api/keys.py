"""API keys of agencies, and the answers that come again when a request does."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.partner_api.keys import Mode
from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..partners.agreements import Agency

_OPEN = text("revoked_at IS NULL")


class ApiKey(Base):
    """A key (接口密钥) by which an agency's own system acts for the agency. Of its text the digest is kept.

    `made_by` empty: from the shell. `hint`: its last four characters. A test key works in the sandbox alone. `version`:
    in which shape it is answered where a request names none. `networks`: from where alone it opens anything; none: from
    anywhere.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        one_of("mode", Mode),
        CheckConstraint("revoked_by IS NULL OR revoked_at IS NOT NULL", name="revoked_when"),
        CheckConstraint("expires_at IS NULL OR expires_at > made_at", name="ends_later"),
        Index("uq_api_keys_name", "agency_id", "name", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_api_keys_agency", "agency_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    name: Mapped[str] = mapped_column(String(40))
    mode: Mapped[Mode]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(4))
    scopes: Mapped[list[str]]
    version: Mapped[str] = mapped_column(Code)
    networks: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship()
    maker: Mapped[Person | None] = relationship(foreign_keys=made_by)
    revoker: Mapped[Person | None] = relationship(foreign_keys=revoked_by)


class ApiAnswer(Base):
    """What was answered to a request, kept a day: the same request under the same idempotency key gets it again.

    `idempotency_key` is the digest of what the caller chose. `body_sealed`: the answer, byte for byte. `key_id` is an
    API key's, and no foreign key: an answer of a sandbox lies there, and its key does not.
    """

    __tablename__ = "api_answers"
    __table_args__ = (
        UniqueConstraint("key_id", "idempotency_key"),
        CheckConstraint("status BETWEEN 200 AND 599", name="status_known"),
        Index("ix_api_answers_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key_id: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(String(64))
    operation: Mapped[str] = mapped_column(Code)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    version: Mapped[str] = mapped_column(Code)
    body_sealed: Mapped[bytes]
    at: Mapped[datetime]
