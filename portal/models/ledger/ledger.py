"""The double-entry ledger: one-row transfers, in batches that are chained by their hashes, and what they come to.

A transfer debits one account and credits another, so every batch balances by construction. The database
refuses UPDATE and DELETE on both tables; a correction is a mirrored transfer (rules 6.5).
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base, Code


class LedgerBatch(Base):
    """What one event posted: its transfers, under a hash that covers them and the batch before."""

    __tablename__ = "ledger_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    transfers: Mapped[list["LedgerTransfer"]] = relationship(order_by="LedgerTransfer.id", back_populates="batch")


class LedgerTransfer(Base):
    """An amount moved from one account to another. Its reference makes posting idempotent."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        Index("ix_ledger_transfers_debit", "debit", "id"),
        Index("ix_ledger_transfers_credit", "credit", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("ledger_batches.id"), index=True)
    reference: Mapped[str] = mapped_column(unique=True)
    debit: Mapped[str]
    credit: Mapped[str]
    amount_fen: Mapped[int]
    why: Mapped[str]

    batch: Mapped[LedgerBatch] = relationship(back_populates="transfers")


class AccountBalance(Base):
    """What an account's transfers come to, kept up in the transaction that posts them. So a page of balances costs the
    accounts that it shows and not the ledger's whole history. `ledger verify` adds all transfers up anew.

    `kind` is what accounts of many payees have in common (`payable`), or the account itself where it is nobody's.
    """

    __tablename__ = "account_balances"
    __table_args__ = (Index("ix_account_balances_kind", "kind", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(Code, unique=True)
    kind: Mapped[str] = mapped_column(Code)
    debit_fen: Mapped[int]
    credit_fen: Mapped[int]

    @property
    def balance_fen(self) -> int:
        """Positive when debits outweigh."""
        return self.debit_fen - self.credit_fen
