"""Why a client came and did not buy (未成交原因): what his carer said after the visit, and what was tried."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from ...rules.not_bought.reasons import Reason, Tried
from ..accounts.people import Person
from ..base import Base, Day, one_of
from ..care.files import CareFile

FIRST = text("corrects_id IS NULL")
OWN_FIRST = text("corrects_id IS NULL AND agency_id IS NULL")
LATER = text("corrects_id IS NOT NULL")


class NotBought(Base):
    """An answer about one visit: a Shanghai day on which the client was there. Rows are added and never change, but for
    the note, which can be erased; a correction is another row, once (`corrects_id`).

    What a broker answered has his agency's `agency_id`, what the developer's people did none: each side answers once.
    """

    __tablename__ = "not_bought"
    __table_args__ = (
        Index(
            "uq_not_bought_visit",
            "file_id",
            "visit_on",
            "agency_id",
            unique=True,
            sqlite_where=FIRST,
            postgresql_where=FIRST,
        ),
        Index(
            "uq_not_bought_visit_of_developer",
            "file_id",
            "visit_on",
            unique=True,
            sqlite_where=OWN_FIRST,
            postgresql_where=OWN_FIRST,
        ),
        Index("uq_not_bought_corrects", "corrects_id", unique=True, sqlite_where=LATER, postgresql_where=LATER),
        Index("ix_not_bought_visit_on", "visit_on", "id"),
        Index("ix_not_bought_agency", "agency_id", "file_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    visit_on: Mapped[date] = mapped_column(Day)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    at: Mapped[datetime]
    note_sealed: Mapped[bytes | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("not_bought.id"))

    file: Mapped[CareFile] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
    reasons: Mapped[list["NotBoughtReason"]] = relationship(order_by="NotBoughtReason.id", viewonly=True)


class NotBoughtReason(Base):
    """One reason of an answer, and what was tried against it."""

    __tablename__ = "not_bought_reasons"
    __table_args__ = (
        one_of("reason", Reason),
        one_of("tried", Tried),
        UniqueConstraint("answer_id", "reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("not_bought.id"))
    reason: Mapped[Reason]
    tried: Mapped[Tried]


def standing() -> ColumnElement[bool]:
    """Whether an answer counts: none corrected it."""
    later = aliased(NotBought)
    return ~select(later.id).where(later.corrects_id == NotBought.id).correlate(NotBought).exists()
