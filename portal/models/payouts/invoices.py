"""Invoices (发票): what an agency bills for a statement, as its PDF says (rules 6.2, 6.6)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Day, one_of
from ..partners.agreements import Agency
from ..statements.statements import Statement

_COUNTS = text("state = 'current'")
_NATIONAL = text("state = 'current' AND checked_at IS NOT NULL AND length(number) = 20")


class InvoiceState(StrEnum):
    """Whether an invoice counts: the current one of its statement does."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"


class Invoice(Base):
    """An invoice as it was sent. Nothing of it is ever edited: another supersedes it, or finance rejects it, once.

    Finance checks it (验票), once and whole: `checked_by`, `checked_at`, the seller's `tax_number` and the rate
    `tax_bps`; the database refuses half a check and a second one. Of those that count there is one a statement, one of
    a number in an agency, one of a file anywhere, and of those that are checked one of a national number of twenty
    digits.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        one_of("state", InvoiceState),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("(state = 'current') = (ended_at IS NULL)", name="ended_when"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_whom"),
        CheckConstraint("(state = 'rejected') = (reason IS NOT NULL)", name="rejected_why"),
        Index("uq_invoices_statement", "statement_id", unique=True, sqlite_where=_COUNTS, postgresql_where=_COUNTS),
        Index("uq_invoices_number", "agency_id", "number", unique=True, sqlite_where=_COUNTS, postgresql_where=_COUNTS),
        Index("uq_invoices_digest", "digest", unique=True, sqlite_where=_COUNTS, postgresql_where=_COUNTS),
        Index("uq_invoices_national", "number", unique=True, sqlite_where=_NATIONAL, postgresql_where=_NATIONAL),
        Index("ix_invoices_digest", "digest", "agency_id"),
        Index("ix_invoices_statement", "statement_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    number: Mapped[str] = mapped_column(String(40))
    amount_fen: Mapped[int]
    invoiced_on: Mapped[date] = mapped_column(Day)
    file_name: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    sent_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    sent_at: Mapped[datetime]
    state: Mapped[InvoiceState]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    checked_at: Mapped[datetime | None]
    tax_number: Mapped[str | None] = mapped_column(String(20))
    tax_bps: Mapped[int | None]

    statement: Mapped[Statement] = relationship()
    agency: Mapped[Agency] = relationship()
    sender: Mapped[Person] = relationship(foreign_keys=sent_by)
    ender: Mapped[Person | None] = relationship(foreign_keys=ended_by)
    checker: Mapped[Person | None] = relationship(foreign_keys=checked_by)
