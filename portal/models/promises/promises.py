"""Promises (承诺): what was promised to a client in writing, who allowed it, that the client confirmed it, and its end.

A promise itself never changes. Each of the others is one row a promise: of two who press at once, one does it.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.promises.promise import PromiseKind
from ..accounts.people import Person
from ..base import Base, Code, Day, one_of
from ..clients import Client
from ..deals.deals import Deal
from ..partners.agreements import Development
from ..proposals import Proposal, two_people
from ..vouchers.vouchers import Voucher


class ConfirmedBy(StrEnum):
    """How a client confirmed a promise: by the link, or on paper, which a colleague noted."""

    LINK = "link"
    PAPER = "paper"


class Promise(Base):
    """What was promised: its worth, for a property fee its months, for a gift its name, and until when.

    `needs_second`: it was worth more than one person may promise. `compensates_id`: the deal whose loan was late; one
    compensation a deal. What was promised in words rests sealed.
    """

    __tablename__ = "promises"
    __table_args__ = (
        one_of("kind", PromiseKind),
        CheckConstraint("worth_fen > 0", name="worth_positive"),
        CheckConstraint("(kind = 'fee_relief') = (months IS NOT NULL)", name="fee_has_months"),
        CheckConstraint("kind <> 'gift' OR length(item) > 0", name="gift_has_name"),
        Index("ix_promises_development", "development_id", "due_on", "id"),
        Index("ix_promises_client", "client_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"), index=True)
    kind: Mapped[PromiseKind]
    text_sealed: Mapped[bytes]
    item: Mapped[str] = mapped_column(Code)
    worth_fen: Mapped[int]
    months: Mapped[int | None]
    due_on: Mapped[date] = mapped_column(Day)
    needs_second: Mapped[bool]
    compensates_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"), unique=True)
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]

    development: Mapped[Development] = relationship()
    client: Mapped[Client] = relationship()
    deal: Mapped[Deal | None] = relationship(foreign_keys=deal_id)
    maker: Mapped[Person] = relationship()
    allowance: Mapped["PromiseAllowance | None"] = relationship(back_populates="promise")
    confirmation: Mapped["PromiseConfirmation | None"] = relationship(back_populates="promise")
    end: Mapped["PromiseEnd | None"] = relationship(back_populates="promise")


class PromiseAllowance(Proposal, Base):
    """That a promise above the limit of one hand was proposed, and what the second person said."""

    __tablename__ = "promise_allowances"
    __table_args__ = (*two_people(), Index("ix_promise_allowances_state", "state", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), unique=True)

    promise: Mapped[Promise] = relationship(back_populates="allowance")


class PromiseConfirmation(Base):
    """That the client confirmed a promise, once. By the link nobody of ours did it."""

    __tablename__ = "promise_confirmations"
    __table_args__ = (
        one_of("way", ConfirmedBy),
        CheckConstraint("(way = 'link') = (by_id IS NULL)", name="by_whom"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), unique=True)
    way: Mapped[ConfirmedBy]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    promise: Mapped[Promise] = relationship(back_populates="confirmation")
    by: Mapped[Person | None] = relationship()


class PromiseEnd(Base):
    """That a promise was kept, and by which voucher or how, or withdrawn and why."""

    __tablename__ = "promise_ends"
    __table_args__ = (
        CheckConstraint("kept OR voucher_id IS NULL", name="voucher_keeps"),
        CheckConstraint("voucher_id IS NOT NULL OR length(note) > 0", name="says_how"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), unique=True)
    kept: Mapped[bool]
    note: Mapped[str]
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("vouchers.id"), unique=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    promise: Mapped[Promise] = relationship(back_populates="end")
    by: Mapped[Person] = relationship()
    voucher: Mapped[Voucher | None] = relationship()
