"""E-mails that are to go out, and those that went."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Code, one_of

_GIVEN_UP = text("given_up_at IS NOT NULL")


class MailKind(StrEnum):
    """What a mail says; its words are a template of ours."""

    EMPLOYEE_CHECK = "employee_check"
    ADDRESS_CHECK = "address_check"
    NOTICE = "notice"
    DIGEST = "digest"


class Mail(Base):
    """A mail, written in the transaction that makes it necessary and sent after it.

    `key` makes it one mail whatever is repeated. Address and values are sealed, and go when the mail is settled: sent,
    or given up. Until then `next_try_at` says when somebody takes it up.
    """

    __tablename__ = "mails"
    __table_args__ = (
        one_of("kind", MailKind),
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="settled_once"),
        CheckConstraint("(to_sealed IS NULL) = (params_sealed IS NULL)", name="forgotten_together"),
        CheckConstraint(
            "(params_sealed IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)", name="settled_is_forgotten"
        ),
        Index("ix_mails_due", "next_try_at"),
        Index("ix_mails_given_up", "given_up_at", sqlite_where=_GIVEN_UP, postgresql_where=_GIVEN_UP),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MailKind]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    locale: Mapped[str] = mapped_column(Code)
    to_sealed: Mapped[bytes | None]
    params_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    failure: Mapped[str | None]
