"""A payee's lines of a month, frozen."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, one_of
from ..ledger.lines import PostedLine
from ..payees import OfPayee, one_payee


class Statement(OfPayee, Base):
    """A payee's statement of a month (对账单). What comes later goes to a later version or month.

    `issued_to` is the payee's name as it was then.
    """

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("payee", "month", "version"),
        one_payee(),
        CheckConstraint("total_fen = opening_fen + lines_fen", name="total_adds_up"),
        CheckConstraint("payable_fen >= 0 AND carried_fen <= 0", name="payable_or_carried"),
        CheckConstraint("payable_fen + carried_fen = total_fen", name="payable_and_carried"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    month: Mapped[str] = mapped_column(String(7), index=True)
    version: Mapped[int]
    opening_fen: Mapped[int]
    lines_fen: Mapped[int]
    total_fen: Mapped[int]
    payable_fen: Mapped[int]
    carried_fen: Mapped[int]
    issued_to: Mapped[str]
    issued_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    issued_at: Mapped[datetime]

    issuer: Mapped[Person] = relationship(foreign_keys=issued_by)
    lines: Mapped[list[PostedLine]] = relationship(secondary="statement_lines", order_by="PostedLine.id", viewonly=True)

    @property
    def payee_name(self) -> str:
        """For whom it was issued."""
        return self.issued_to


class StatementAcceptance(Base):
    """The payee agreed to a statement (确认对账单), once. Never edited."""

    __tablename__ = "statement_acceptances"

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"), unique=True)
    accepted_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    accepted_at: Mapped[datetime]

    accepter: Mapped[Person] = relationship()


class StatementLine(Base):
    """A line stands in one statement only: the database sees to it."""

    __tablename__ = "statement_lines"

    line_id: Mapped[int] = mapped_column(ForeignKey("posted_lines.id"), primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"), index=True)


class PaperKind(StrEnum):
    """What a statement can be taken along as."""

    PDF = "pdf"
    XLSX = "xlsx"


class StatementPaper(Base):
    """A statement's paper in one language, as it was given the first time; its file lies sealed elsewhere."""

    __tablename__ = "statement_papers"
    __table_args__ = (one_of("kind", PaperKind), UniqueConstraint("statement_id", "kind", "language"))

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    kind: Mapped[PaperKind]
    language: Mapped[str] = mapped_column(String(12))
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
