"""Contacts with clients that were made: calls, WeChat, texts, visits, letters, gifts and gatherings."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, false, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from ...rules.care.plan import Channel
from ..accounts.people import Person
from ..base import Base, Code, Day, one_of
from .files import CareFile

MADE_BY = tuple(channel for channel in Channel if channel is not Channel.ANY)
"""By what a contact can be made; `any` is only ever wanted."""


class ContactOutcome(StrEnum):
    """How a contact went; `withdrawn` is of one that never was: it takes the row that it corrects away."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    CALL_LATER = "call_later"
    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    COMES = "comes"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


_NO_LONGER = text("corrects_id IS NOT NULL")


class CareContact(Base):
    """One contact with a client, by whom and by what, and how it went. Rows are added and never change: a correction is
    another row, that says which one it takes the place of (`corrects_id`), once.

    `step`: the code of the plan's step that it was made for. What was said stands in `CareWords`.
    """

    __tablename__ = "care_contacts"
    __table_args__ = (
        one_of("channel", MADE_BY),
        one_of("outcome", ContactOutcome),
        CheckConstraint("outcome <> 'withdrawn' OR corrects_id IS NOT NULL", name="withdraws_another"),
        Index("ix_care_contacts_file", "file_id", "at"),
        Index("ix_care_contacts_by", "by_id", "at"),
        Index(
            "uq_care_contacts_corrects",
            "corrects_id",
            unique=True,
            sqlite_where=_NO_LONGER,
            postgresql_where=_NO_LONGER,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    shown_to_other: Mapped[bool] = mapped_column(server_default=false())
    channel: Mapped[Channel]
    at: Mapped[datetime]
    logged_at: Mapped[datetime]
    outcome: Mapped[ContactOutcome]
    next_on: Mapped[date | None] = mapped_column(Day)
    step: Mapped[str] = mapped_column(Code, server_default="")
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("care_contacts.id"))

    file: Mapped[CareFile] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
    words: Mapped["CareWords | None"] = relationship(back_populates="contact")


class CareWords(Base):
    """What somebody wrote with a contact, a judgement or a loss, and what he promised the client; sealed for the file
    alone. It stands apart from them because words about a person go on request, and what was done stays.
    """

    __tablename__ = "care_words"
    __table_args__ = (
        CheckConstraint(
            "(contact_id IS NOT NULL AND judgement_id IS NULL AND loss_id IS NULL) "
            "OR (contact_id IS NULL AND judgement_id IS NOT NULL AND loss_id IS NULL) "
            "OR (contact_id IS NULL AND judgement_id IS NULL AND loss_id IS NOT NULL)",
            name="of_one_thing",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("care_contacts.id"), unique=True)
    judgement_id: Mapped[int | None] = mapped_column(ForeignKey("care_judgements.id"), unique=True)
    loss_id: Mapped[int | None] = mapped_column(ForeignKey("care_losses.id"), unique=True)
    note_sealed: Mapped[bytes | None]
    promised_sealed: Mapped[bytes | None]

    contact: Mapped[CareContact | None] = relationship(back_populates="words")


def standing() -> ColumnElement[bool]:
    """`stands`, of the contacts of many clients: what was corrected, which is little, is looked up once for all."""
    later = aliased(CareContact)
    corrected = select(later.corrects_id).where(later.corrects_id.is_not(None))
    return (CareContact.outcome != ContactOutcome.WITHDRAWN) & CareContact.id.not_in(corrected)


def stands(contact: Any = CareContact) -> ColumnElement[bool]:
    """Whether a contact is one that was made: nothing took its place, and it is itself no withdrawal."""
    later = aliased(CareContact)
    corrected = select(later.id).where(later.corrects_id == contact.id).correlate(contact).exists()
    made: ColumnElement[bool] = (contact.outcome != ContactOutcome.WITHDRAWN) & ~corrected
    return made
