"""One-time codes to numbers that somebody typed on a public page, to show whose they are."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base, one_of
from .messages import TextMessage

_OPEN = text("closed_at IS NULL")


class CodePurpose(StrEnum):
    """What a number is shown for: to join as a referrer of a development, to want no calls any more, to come as a
    friend on a day on which many numbers are left, or to have the own data erased."""

    JOINING = "joining"
    OPT_OUT = "opt_out"
    LEAD = "lead"
    ERASURE = "erasure"


class PhoneCode(Base):
    """Six digits that only a phone was told, kept as a keyed digest; the number itself is not kept.

    At most one is open for a number on one page: the database sees to it. It closes when it is replaced, guessed at too
    often, or typed right, and says then that it was. `message_id`: None where no text may go to that number.
    """

    __tablename__ = "phone_codes"
    __table_args__ = (
        one_of("purpose", CodePurpose),
        CheckConstraint("proven_at IS NULL OR closed_at IS NOT NULL", name="proven_is_closed"),
        Index(
            "uq_phone_codes_open",
            "purpose",
            "subject_id",
            "phone_index",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_phone_codes_phone", "phone_index", "issued_at"),
        Index("ix_phone_codes_network", "network", "issued_at"),
        Index("ix_phone_codes_page", "purpose", "subject_id", "issued_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[CodePurpose]
    subject_id: Mapped[int]
    phone_index: Mapped[str] = mapped_column(String(64))
    network: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("text_messages.id"))
    digest: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime]
    tries: Mapped[int]
    closed_at: Mapped[datetime | None]
    proven_at: Mapped[datetime | None]

    message: Mapped[TextMessage | None] = relationship()
