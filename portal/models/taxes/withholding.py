"""Tax kept back from persons: the tables it is worked out by, what counts besides cash, and every working-out."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base
from ..proposals import Proposal, two_people


class WithholdingTable(Base):
    """A tax table as published (预扣率表). Never edited: a change is a new version, from a month's first instant on."""

    __tablename__ = "withholding_tables"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    toml: Mapped[str]
    note: Mapped[str]
    effective_from: Mapped[datetime]
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    publisher: Mapped[Person | None] = relationship()


class TaxTableDraft(Proposal, Base):
    """The next tax table as finance proposes it; another person confirms it, and it is published (rules 6.2).

    The database refuses a table that a person publishes unless another proposed the very same text.
    """

    __tablename__ = "tax_table_drafts"
    __table_args__ = (
        *two_people(),
        CheckConstraint("state <> 'confirmed' OR version_id IS NOT NULL", name="published_as"),
        Index("ix_tax_table_drafts_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    toml: Mapped[str]
    effective_from: Mapped[datetime]
    note: Mapped[str]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("withholding_tables.id"), unique=True)

    version: Mapped[WithholdingTable | None] = relationship()


class TaxedGoods(Base):
    """Goods given to a person, by the value that they are taxed at; taken back, they count with a minus."""

    __tablename__ = "taxed_goods"
    __table_args__ = (
        CheckConstraint("value_fen <> 0", name="value_not_zero"),
        UniqueConstraint("reference"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    month: Mapped[str] = mapped_column(String(7))
    value_fen: Mapped[int]
    what: Mapped[str]
    counted_at: Mapped[datetime]
    counted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Withholding(Base):
    """The tax of a person's month as it was worked out, number by number; the highest number is the one that counts.

    It says on which income (`cash_fen`, `goods_fen`) and by which table, so that a payout can wait until the tax on
    just what is to be paid is worked out (rules 6.2). Its line is called `tax:` and person, month and number; there is
    none where the tax stayed the same.
    """

    __tablename__ = "withholdings"
    __table_args__ = (
        UniqueConstraint("person_id", "month", "number"),
        CheckConstraint("tax_fen >= 0 AND withheld_fen BETWEEN 0 AND tax_fen", name="withheld_of_tax"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    month: Mapped[str] = mapped_column(String(7), index=True)
    number: Mapped[int]
    table_id: Mapped[int] = mapped_column(ForeignKey("withholding_tables.id"))
    cash_fen: Mapped[int]
    goods_fen: Mapped[int]
    taxable_fen: Mapped[int]
    tax_fen: Mapped[int]
    withheld_fen: Mapped[int]
    computed_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    table: Mapped[WithholdingTable] = relationship()
