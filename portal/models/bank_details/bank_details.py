"""Where somebody is paid, as it was proposed and confirmed, and what the payee objected to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base
from ..payees import OfPayee, one_payee
from ..proposals import Proposal, two_people

_OPEN = text("state = 'proposed'")


class BankChange(OfPayee, Proposal, Base):
    """New bank details of a payee: proposed by one person, confirmed by another who has called the payee (rules 6.2).

    One at a time waits for each payee. The database lets an account come into force by a confirmed row of this table
    alone: it compares the digests. `call_back` says whom the second person spoke to.
    """

    __tablename__ = "bank_changes"
    __table_args__ = (
        *two_people(),
        one_payee(),
        CheckConstraint("state <> 'confirmed' OR length(call_back) > 0", name="called_back"),
        Index("uq_bank_changes_open", "payee", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_bank_changes_payee", "payee", "id"),
        Index("ix_bank_changes_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    details_sealed: Mapped[bytes]
    digest: Mapped[str] = mapped_column(String(64))
    call_back: Mapped[str | None]

    objection: Mapped["BankObjection | None"] = relationship(back_populates="change")


class BankObjection(Base):
    """The payee's word that a confirmed account is not his: payments wait until his bank details are given anew."""

    __tablename__ = "bank_objections"
    __table_args__ = (CheckConstraint("length(words) > 0", name="has_words"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("bank_changes.id"), unique=True)
    words: Mapped[str]
    objected_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    objected_at: Mapped[datetime]

    change: Mapped[BankChange] = relationship(back_populates="objection")
    objector: Mapped[Person] = relationship()
