"""Developments, agencies, the agreements between them, and the papers that prove them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base, Code, Day


class Development(Base):
    """A place where homes are sold (楼盘). `policy` overrides the defaults of `rules.policy.Policy`.

    `presale_permit` is the number of its permit to sell (预售许可证号), which every advertisement for it carries;
    without one there is none.
    """

    __tablename__ = "developments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    city: Mapped[str]
    address: Mapped[str]
    headline: Mapped[str]
    colour: Mapped[str] = mapped_column(String(7))
    presale_permit: Mapped[str | None]
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    policy: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    closed_at: Mapped[datetime | None]


class Agency(Base):
    """A company that brings clients (中介公司). Its bank details are sealed.

    `bank_digest` tells one account from another without opening them, `account_index` whether somebody else has the
    same. `licence_ends_on` is the first day on which the
    licence (营业执照/备案) is good no longer; without it, a licence with a number runs for good.
    """

    __tablename__ = "agencies"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    bank_sealed: Mapped[bytes | None]
    bank_digest: Mapped[str | None] = mapped_column(String(64))
    account_index: Mapped[str | None] = mapped_column(String(64), index=True)
    bank_changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None]
    licence_number: Mapped[str | None] = mapped_column(Code)
    licence_ends_on: Mapped[date | None] = mapped_column(Day)


class Agreement(Base):
    """An agency may sell a development, by a plan. One at a time for each pair: the database sees to it.

    `ends_on` is the first day on which it does not run; `number` is the one on the paper, and `contact_sealed` whom to
    call about it, name and phone; `contact_index` finds who else has that phone.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        Index(
            "uq_agreements_running",
            "development_id",
            "agency_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    plan_name: Mapped[str] = mapped_column(Code)
    starts_on: Mapped[date] = mapped_column(Day)
    ends_on: Mapped[date | None] = mapped_column(Day)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None]
    number: Mapped[str | None] = mapped_column(Code)
    contact_sealed: Mapped[bytes | None]
    contact_index: Mapped[str | None] = mapped_column(String(64), index=True)

    development: Mapped[Development] = relationship()
    agency: Mapped[Agency] = relationship()


class PartnerPaper(Base):
    """A scan of an agreement, or of an agency's licence; it lies sealed outside the database. Never edited."""

    __tablename__ = "partner_papers"
    __table_args__ = (CheckConstraint("(agency_id IS NULL) <> (agreement_id IS NULL)", name="proves_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[int] = mapped_column(ForeignKey("people.id"))

    agency: Mapped[Agency | None] = relationship()
    agreement: Mapped[Agreement | None] = relationship()
