"""Money on its way to a payee: requests, bank files, results."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..payees import OfPayee, one_payee
from ..statements.statements import Statement


class PayoutState(StrEnum):
    """Where a payout stands; `commissions.payout` holds the moves between them."""

    REQUESTED = "requested"
    APPROVED = "approved"
    EXPORTED = "exported"
    PAID = "paid"
    REJECTED = "rejected"
    FAILED = "failed"
    VOIDED = "voided"
    RETURNED = "returned"


_LIVE = text("state NOT IN ('rejected', 'failed', 'voided', 'returned')")


class PayoutBatch(Base):
    """A bank file: what was sent in it, and its digest (rules 6.3)."""

    __tablename__ = "payout_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    count: Mapped[int]
    total_fen: Mapped[int]
    content_sealed: Mapped[bytes]
    digest: Mapped[str] = mapped_column(String(64))
    exported_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    exported_at: Mapped[datetime]

    exporter: Mapped[Person] = relationship()
    payouts: Mapped[list["Payout"]] = relationship(order_by="Payout.id", back_populates="batch")
    results: Mapped[list["BankResult"]] = relationship(order_by="BankResult.id", back_populates="batch")


class Payout(OfPayee, Base):
    """A statement's payable sum, to be sent once. Only one payout of a statement can be under way or paid.

    The database lets the state move along `commissions.payout.MOVES` alone, and nothing else change but the batch that
    it goes out with.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        one_of("state", PayoutState),
        one_payee(),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint(
            "(state IN ('exported', 'paid', 'failed', 'returned')) = (batch_id IS NOT NULL)", name="sent_in_batch"
        ),
        CheckConstraint("approvals_needed IN (1, 2)", name="approvals_known"),
        Index("uq_payouts_statement", "statement_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_payouts_state", "state", "id"),
        Index("ix_payouts_payee", "payee", "id"),
        Index("ix_payouts_of_statement", "statement_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"), index=True)
    amount_fen: Mapped[int]
    state: Mapped[PayoutState]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("payout_batches.id"), index=True)
    approvals_needed: Mapped[int] = mapped_column(server_default="1")

    statement: Mapped[Statement] = relationship()
    batch: Mapped[PayoutBatch | None] = relationship(back_populates="payouts")
    steps: Mapped[list["PayoutStep"]] = relationship(order_by="PayoutStep.id", back_populates="payout")
    approvals: Mapped[list["PayoutApproval"]] = relationship(order_by="PayoutApproval.id", back_populates="payout")
    first_approval: Mapped["FirstApproval | None"] = relationship(back_populates="payout")
    first_anew: Mapped[list["FirstApprovalAnew"]] = relationship(
        order_by="FirstApprovalAnew.id", back_populates="payout"
    )
    releases: Mapped[list["HoldRelease"]] = relationship(order_by="HoldRelease.id", back_populates="payout")


class PayoutStep(Base):
    """A move of a payout and whose hand made it: what the four eyes look at."""

    __tablename__ = "payout_steps"
    __table_args__ = (one_of("state", PayoutState), UniqueConstraint("payout_id", "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    payout_id: Mapped[int] = mapped_column(ForeignKey("payouts.id"))
    state: Mapped[PayoutState]
    actor_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    note: Mapped[str]

    payout: Mapped[Payout] = relationship(back_populates="steps")
    actor: Mapped[Person] = relationship()


class FirstApproval(Base):
    """The first of the two approvals that a payout above a sum needs; until the second it stays requested.

    The database writes none by who issued or asked, and no later step of the same hand.
    """

    __tablename__ = "first_approvals"
    __table_args__ = (Index("ix_first_approvals_approver", "approver_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payout_id: Mapped[int] = mapped_column(ForeignKey("payouts.id"), unique=True)
    approver_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    payout: Mapped[Payout] = relationship(back_populates="first_approval")
    approver: Mapped[Person] = relationship()


class PayoutApproval(Base):
    """An approval of a payout, and the digest of the account that it was given for: it is good for no other.

    The latest one counts. A second one follows when the payee's bank details were changed after the first.
    """

    __tablename__ = "payout_approvals"

    id: Mapped[int] = mapped_column(primary_key=True)
    payout_id: Mapped[int] = mapped_column(ForeignKey("payouts.id"), index=True)
    account_digest: Mapped[str] = mapped_column(String(64))
    approved_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    approved_at: Mapped[datetime]

    payout: Mapped[Payout] = relationship(back_populates="approvals")
    approver: Mapped[Person] = relationship()


class FirstApprovalAnew(Base):
    """The first of the two approvals that a payout above a sum needs anew, for the account that its payee has by now.

    It is for that account, and in the place of the approval that was the latest: once one more is there, or the account
    is another, it counts no more. The database takes the second one only behind it, and from another hand.
    """

    __tablename__ = "first_approvals_anew"
    __table_args__ = (UniqueConstraint("approval_id", "account_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payout_id: Mapped[int] = mapped_column(ForeignKey("payouts.id"), index=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("payout_approvals.id"))
    account_digest: Mapped[str] = mapped_column(String(64))
    approver_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    payout: Mapped[Payout] = relationship(back_populates="first_anew")
    approver: Mapped[Person] = relationship()


class HoldRelease(Base):
    """A freeze, an appeal or a dispute (`cause`, such as `freeze:3`) that holds this payout no more, and why.

    It is of this payout and of what was open then: another payout, or a new freeze, is held again.
    """

    __tablename__ = "hold_releases"
    __table_args__ = (
        UniqueConstraint("payout_id", "cause"),
        CheckConstraint("length(reason) > 0", name="has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payout_id: Mapped[int] = mapped_column(ForeignKey("payouts.id"))
    hold: Mapped[str] = mapped_column(Code)
    cause: Mapped[str] = mapped_column(Code)
    reason: Mapped[str]
    released_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    released_at: Mapped[datetime]

    payout: Mapped[Payout] = relationship(back_populates="releases")
    releaser: Mapped[Person] = relationship()


class BankOutcome(StrEnum):
    """What became of a row of the bank's answer: it settled a payout, or why it matched none."""

    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    UNKNOWN_REFERENCE = "unknown_reference"
    OTHER_BATCH = "other_batch"
    OTHER_AMOUNT = "other_amount"
    ALREADY_SETTLED = "already_settled"


_NOT_ARRIVED = text("outcome IN ('failed', 'returned')")


class BankResult(Base):
    """A row of the bank's answer, as it came. The same row is taken in once, however often the file is imported.

    `file_name`, `file_digest` and `file_row` are None for rows of before they were kept.
    """

    __tablename__ = "bank_results"
    __table_args__ = (
        one_of("outcome", BankOutcome),
        UniqueConstraint("batch_id", "row_digest"),
        Index("ix_bank_results_payout", "payout_id", "id"),
        Index("ix_bank_results_not_arrived", "id", sqlite_where=_NOT_ARRIVED, postgresql_where=_NOT_ARRIVED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batches.id"))
    payout_id: Mapped[int | None] = mapped_column(ForeignKey("payouts.id"))
    row_digest: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str]
    amount_fen: Mapped[int]
    outcome: Mapped[BankOutcome]
    message: Mapped[str]
    imported_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    imported_at: Mapped[datetime]
    file_name: Mapped[str | None]
    file_digest: Mapped[str | None] = mapped_column(String(64))
    file_row: Mapped[int | None]

    batch: Mapped[PayoutBatch] = relationship(back_populates="results")
    payout: Mapped[Payout | None] = relationship()
    importer: Mapped[Person] = relationship()
    confirmation: Mapped["BankConfirmation | None"] = relationship(back_populates="result")


class BankDecision(StrEnum):
    """What became of a row that says failed or sent back. `earlier`: settled by its import, when that was enough."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    EARLIER = "earlier"


class BankConfirmation(Base):
    """The second person's word on a row that says failed or sent back: only then does its payout move.

    The database refuses the exporter of the file, and a payout that fails without one.
    """

    __tablename__ = "bank_confirmations"
    __table_args__ = (
        one_of("decision", BankDecision),
        CheckConstraint("(decision = 'earlier') = (decided_by IS NULL)", name="by_whom"),
        CheckConstraint("decision <> 'dismissed' OR length(reason) > 0", name="has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("bank_results.id"), unique=True)
    decision: Mapped[BankDecision]
    reason: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime]

    result: Mapped[BankResult] = relationship(back_populates="confirmation")
    decider: Mapped[Person | None] = relationship()
