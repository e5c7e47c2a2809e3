"""The ticket by which pages are signed for WeChat's cards."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Code


class ShareTicket(Base):
    """What WeChat handed out for an account of ours, sealed, and when it is asked again.

    `next_try_at` is a lease too: who fetches moves it on first. `attempts` counts the tries since the last success, and
    tells whose answer counts. `failure` is why the last try brought nothing.
    """

    __tablename__ = "share_tickets"
    __table_args__ = (
        CheckConstraint("(token_sealed IS NULL) = (token_ends_at IS NULL)", name="token_whole"),
        CheckConstraint("(ticket_sealed IS NULL) = (ticket_ends_at IS NULL)", name="ticket_whole"),
        CheckConstraint("(ticket_sealed IS NULL) = (fetched_at IS NULL)", name="ticket_dated"),
        CheckConstraint("(failure IS NULL) = (failed_at IS NULL)", name="failure_dated"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    app_id: Mapped[str] = mapped_column(Code, unique=True)
    token_sealed: Mapped[bytes | None]
    token_ends_at: Mapped[datetime | None]
    ticket_sealed: Mapped[bytes | None]
    ticket_ends_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime]
    attempts: Mapped[int]
    failure: Mapped[str | None] = mapped_column(Code)
    failed_at: Mapped[datetime | None]
