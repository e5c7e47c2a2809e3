"""Text messages to clients, and to who has an account, that are to go out, and those that went."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..clients import Client

_GIVEN_UP = text("given_up_at IS NOT NULL")
_SILENT = text("sent_at IS NOT NULL AND reported_at IS NULL")


class TextKind(StrEnum):
    """What a text says. The words are the provider's approved template; we send its values."""

    ARRIVAL_CODE = "arrival_code"
    FACE_WITHDRAWAL = "face_withdrawal"
    ACCOUNT_LINK = "account_link"
    BANK_CHANGE = "bank_change"
    PHONE_CHANGE = "phone_change"
    PHONE_CODE = "phone_code"
    INVITATION = "invitation"
    GIFT = "gift"
    NOTICE = "notice"
    ERASURE = "erasure"
    SLOT_PASS = "slot_pass"  # noqa: S105 - a card for the gate
    SLOT_OFF = "slot_off"
    SURVEY = "survey"
    COMPLAINT = "complaint"
    GATHERING = "gathering"
    CARE = "care"
    CLIENT_LINK = "client_link"


_TO_NUMBERS = "kind IN ('phone_code', 'invitation')"
"""What goes to a number of which nothing else is kept."""


class TextMessage(Base):
    """A text to the phone of a client or of an account's owner, written in the transaction that makes it necessary and
    sent after it.

    `key` makes it one message whatever is repeated. `params_sealed` goes when the message is settled: sent, or given
    up. Until then `next_try_at` says when somebody takes it up, and `not_before` until when nobody is
    to be woken by it. `number_sealed`: the phone that it goes to where that
    is not its reader's own any more, or where there is neither client nor account; it goes with the rest.
    `reported_at`: since when the provider says what became of it at the phone; `not_delivered`: its word for why it is
    not there; `report_asks`: how often it was asked for that, because it said nothing by itself.
    `care_use_id`: which of the day's texts of advertising it is; without one there is none (`services.care.limits`).
    """

    __tablename__ = "text_messages"
    __table_args__ = (
        one_of("kind", TextKind),
        CheckConstraint(
            f"(client_id IS NULL) <> (person_id IS NULL) OR (client_id IS NULL AND {_TO_NUMBERS})", name="one_reader"
        ),
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="settled_once"),
        CheckConstraint(
            "(params_sealed IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)", name="settled_is_forgotten"
        ),
        CheckConstraint("kind <> 'care' OR care_use_id IS NOT NULL", name="advertising_within_limits"),
        CheckConstraint("number_sealed IS NULL OR params_sealed IS NOT NULL", name="number_is_forgotten"),
        Index("ix_text_messages_client", "client_id", "created_at"),
        Index("ix_text_messages_due", "next_try_at"),
        Index("ix_text_messages_silent", "sent_at", sqlite_where=_SILENT, postgresql_where=_SILENT),
        Index("ix_text_messages_given_up", "given_up_at", sqlite_where=_GIVEN_UP, postgresql_where=_GIVEN_UP),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[TextKind]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    params_sealed: Mapped[bytes | None]
    number_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None]
    provider_id: Mapped[str | None]
    given_up_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    reported_at: Mapped[datetime | None]
    not_delivered: Mapped[str | None] = mapped_column(Code)
    care_use_id: Mapped[int | None] = mapped_column(ForeignKey("care_uses.id"), unique=True)
    report_asks: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    client: Mapped[Client | None] = relationship()
    person: Mapped[Person | None] = relationship()
