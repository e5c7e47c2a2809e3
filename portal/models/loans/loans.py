"""How a home is paid for: the loan of a deal with its dated steps, the papers, what puts it at risk, and the day on
which the contract is to be signed.

Of what is dated nothing is edited: a correction is another row.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, and_, exists, text
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, Day, one_of
from ..deals.deals import Deal

_FIRST = text("corrects_id IS NULL")
_STANDS = text("revoked_at IS NULL")


class LoanStepKind(StrEnum):
    """The stages of a loan (`rules.loans.stage`), and that the bank said no."""

    PAPERS = "papers"
    PRE_CHECK = "pre_check"
    INTERVIEW = "interview"
    FIRST_REVIEW = "first_review"
    FINAL_REVIEW = "final_review"
    REGISTERED = "registered"
    RELEASED = "released"
    REFUSED = "refused"


class BroughtBy(StrEnum):
    """Who brought a paper."""

    CLIENT = "client"
    BROKER = "broker"
    COLLEAGUE = "colleague"


class LoanRisk(StrEnum):
    """What puts a signing at risk besides papers."""

    CREDIT = "credit"
    COMPETITOR = "competitor"


class Loan(Base):
    """A loan of a deal, or that it needs none (`cash`). Another bank is another row; the highest number counts.

    `from_days`, `to_days`: the bank's usual days as the terms had them when it began.
    """

    __tablename__ = "loans"
    __table_args__ = (
        UniqueConstraint("deal_id", "number"),
        CheckConstraint("cash = (bank IS NULL)", name="bank_or_cash"),
        CheckConstraint("cash = (to_days IS NULL)", name="usual_days_of_bank"),
        CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_positive"),
        CheckConstraint("rate_bps IS NULL OR rate_bps BETWEEN 0 AND 10000", name="rate_possible"),
        Index("ix_loans_bank", "bank", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    number: Mapped[int]
    cash: Mapped[bool]
    bank: Mapped[str | None] = mapped_column(Code)
    branch: Mapped[str | None]
    officer_sealed: Mapped[bytes | None]
    amount_fen: Mapped[int | None]
    rate_bps: Mapped[int | None]
    from_days: Mapped[int | None]
    to_days: Mapped[int | None]
    opened_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[datetime]

    deal: Mapped[Deal] = relationship()
    opener: Mapped[Person] = relationship()
    steps: Mapped[list["LoanStep"]] = relationship(order_by="LoanStep.id", back_populates="loan")


class LoanStep(Base):
    """A stage that a loan reached, on which day. `corrects_id`: the row whose place it takes; without a day it says
    that this did not happen."""

    __tablename__ = "loan_steps"
    __table_args__ = (
        one_of("kind", LoanStepKind),
        CheckConstraint("on_day IS NOT NULL OR corrects_id IS NOT NULL", name="happened_or_corrects"),
        Index("uq_loan_steps_kind", "loan_id", "kind", unique=True, sqlite_where=_FIRST, postgresql_where=_FIRST),
        Index("ix_loan_steps_loan", "loan_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    kind: Mapped[LoanStepKind]
    on_day: Mapped[date | None] = mapped_column(Day)
    note: Mapped[str]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("loan_steps.id"), unique=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    loan: Mapped[Loan] = relationship(back_populates="steps")
    by: Mapped[Person] = relationship()


def paid_out() -> ColumnElement[bool]:
    """That a row of `LoanStep` says on which day the bank paid, and no other takes its place."""
    later = aliased(LoanStep)
    corrected = exists().where(later.corrects_id == LoanStep.id)
    return and_(LoanStep.kind == LoanStepKind.RELEASED, LoanStep.on_day.is_not(None), ~corrected)


class LoanPaper(Base):
    """That a paper of the terms' list was brought, by whom and when, or (`brought` false) that it is not there after
    all. The newest row of a paper counts."""

    __tablename__ = "loan_papers"
    __table_args__ = (one_of("brought_by", BroughtBy), Index("ix_loan_papers_deal", "deal_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    code: Mapped[str] = mapped_column(Code)
    brought: Mapped[bool]
    brought_by: Mapped[BroughtBy]
    on_day: Mapped[date] = mapped_column(Day)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    by: Mapped[Person] = relationship()


_UNSETTLED = text("settled_at IS NULL")


class LoanNote(Base):
    """What puts the signing at risk, until somebody says that it is settled. What was written is about a person, so it
    rests sealed."""

    __tablename__ = "loan_notes"
    __table_args__ = (
        one_of("risk", LoanRisk),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_whom"),
        Index("ix_loan_notes_deal", "deal_id", "id"),
        Index("ix_loan_notes_open", "deal_id", sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    risk: Mapped[LoanRisk]
    text_sealed: Mapped[bytes]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    settled_at: Mapped[datetime | None]

    deal: Mapped[Deal] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=by_id)


class SigningDate(Base):
    """On which day a deal's contract is to be signed, as it was agreed; the newest row counts."""

    __tablename__ = "signing_dates"
    __table_args__ = (Index("ix_signing_dates_deal", "deal_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    on_day: Mapped[date] = mapped_column(Day)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


class ClientLink(Base):
    """A link by which a client sees, without an account, where the loan stands, or confirms a promise.

    What stands in its address is signed and names this row; one of a thing holds at a time.
    """

    __tablename__ = "client_links"
    __table_args__ = (
        CheckConstraint("(deal_id IS NULL) <> (promise_id IS NULL)", name="of_one"),
        CheckConstraint("expires_at > made_at", name="holds_for_some_time"),
        Index("uq_client_links_deal", "deal_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index("uq_client_links_promise", "promise_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promises.id"))
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None]

    deal: Mapped[Deal | None] = relationship()
