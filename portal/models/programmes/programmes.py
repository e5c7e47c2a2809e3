"""Programmes (rules 7.3): companies whose employees come to buy, and stands where people are; what they cost and give.

A programme is a referrer who is no person: its leads, touches and deals are a referrer's, so first contact, funnel
and posters are the same for all. Its row in `people` has a name and no account: nobody can sign in to it.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.rewards.reward_plan import Event

from ..accounts.people import Person
from ..base import Base, Code, Day, one_of
from ..clients import Client
from ..deals.deals import Deal
from ..referral.referrals import Referrer

_HOLDS = text("revoked_at IS NULL")


class ProgrammeKind(StrEnum):
    """A company whose employees get a discount (企业内推), or a stand that gives something at the scan (社区地推)."""

    CORPORATE = "corporate"
    STAND = "stand"


class Programme(Base):
    """A programme. `ends_on` is the first Shanghai day on which its code no longer counts; `place`: where a stand is.

    `asks_code`: a stand gives its gift for a scan only with the code on the tablet there. `discount_bps` is taken off
    the price that a checked employee pays. Who we talk to there is sealed.
    """

    __tablename__ = "programmes"
    __table_args__ = (
        one_of("kind", ProgrammeKind),
        CheckConstraint("(kind = 'corporate') = (discount_bps IS NOT NULL)", name="company_has_discount"),
        CheckConstraint("discount_bps IS NULL OR discount_bps BETWEEN 1 AND 9999", name="discount_within"),
    )

    referrer_id: Mapped[int] = mapped_column(ForeignKey("referrers.id"), primary_key=True)
    kind: Mapped[ProgrammeKind]
    place: Mapped[str]
    discount_bps: Mapped[int | None]
    contact_sealed: Mapped[bytes | None]
    starts_on: Mapped[date] = mapped_column(Day)
    ends_on: Mapped[date | None] = mapped_column(Day)
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asks_code: Mapped[bool] = mapped_column(default=False, server_default=false())

    referrer: Mapped[Referrer] = relationship(lazy="joined")
    own_gifts: Mapped[list["StandGift"]] = relationship(order_by="StandGift.event", cascade="all, delete-orphan")
    domains: Mapped[list["ProgrammeDomain"]] = relationship(
        order_by="ProgrammeDomain.domain", cascade="all, delete-orphan"
    )


class StandGift(Base):
    """What a stand gives for a scan, or for a number that is left, instead of the gift of the plan."""

    __tablename__ = "stand_gifts"
    __table_args__ = (
        CheckConstraint("event IN ('scan', 'lead')", name="event_known"),
        CheckConstraint("value_fen > 0", name="value_positive"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.referrer_id"), primary_key=True)
    event: Mapped[Event] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Code)
    value_fen: Mapped[int]


class ProgrammeTerms(Base):
    """A programme's days and discount as they are from an instant on, until the next entry. Never edited: what was
    subscribed under them has them for good. `programmes` holds the latest."""

    __tablename__ = "programme_terms"
    __table_args__ = (
        CheckConstraint("discount_bps IS NULL OR discount_bps BETWEEN 1 AND 9999", name="discount_within"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.referrer_id"), index=True)
    since: Mapped[datetime]
    starts_on: Mapped[date] = mapped_column(Day)
    ends_on: Mapped[date | None] = mapped_column(Day)
    discount_bps: Mapped[int | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))

    by: Mapped[Person] = relationship()


class ProgrammeDomain(Base):
    """A domain whose e-mail addresses are those of the company's employees; in lower case, as mail is addressed."""

    __tablename__ = "programme_domains"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.referrer_id"), primary_key=True)
    domain: Mapped[str] = mapped_column(String(253), primary_key=True)


class ProgrammeEmployee(Base):
    """An entry of the company's list of employees: the keyed hash of a phone, or of staff number and name.

    So the list can be asked and cannot be read. A new list replaces the old one.
    """

    __tablename__ = "programme_employees"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.referrer_id"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    listed_at: Mapped[datetime]


class CheckedBy(StrEnum):
    """How we know that a buyer works there: the company's list, a link sent to the work address, or a person."""

    LIST = "list"
    MAIL = "mail"
    PERSON = "person"


class EmployeeCheck(Base):
    """That a client works at a programme's company. `mark` is the list's entry or the address's keyed hash: it proves
    one client. A check that was wrong is revoked, with the reason, and another can follow."""

    __tablename__ = "employee_checks"
    __table_args__ = (
        one_of("way", CheckedBy),
        CheckConstraint("(way = 'person') = (mark IS NULL)", name="mark_unless_person"),
        CheckConstraint("way <> 'person' OR (by_id IS NOT NULL AND length(reason) > 0)", name="person_says_why"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_whom"),
        CheckConstraint("revoked_at IS NULL OR length(revoked_reason) > 0", name="revoked_why"),
        Index(
            "uq_employee_checks_client",
            "programme_id",
            "client_id",
            unique=True,
            sqlite_where=_HOLDS,
            postgresql_where=_HOLDS,
        ),
        Index(
            "uq_employee_checks_mark", "programme_id", "mark", unique=True, sqlite_where=_HOLDS, postgresql_where=_HOLDS
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.referrer_id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    way: Mapped[CheckedBy]
    mark: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_reason: Mapped[str | None]

    programme: Mapped[Programme] = relationship()
    client: Mapped[Client] = relationship()
    by: Mapped[Person | None] = relationship(foreign_keys=by_id)
    revoker: Mapped[Person | None] = relationship(foreign_keys=revoked_by)


class DealDiscount(Base):
    """The discount that a programme brought a buyer, recorded with the deal (rules 7.3): `deals.price_fen` is the price
    after it, as it was at the subscription. Never edited."""

    __tablename__ = "deal_discounts"
    __table_args__ = (
        CheckConstraint("rate_bps BETWEEN 1 AND 9999", name="rate_within"),
        CheckConstraint("amount_fen > 0 AND amount_fen < list_price_fen", name="amount_within"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), unique=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.referrer_id"), index=True)
    check_id: Mapped[int] = mapped_column(ForeignKey("employee_checks.id"))
    list_price_fen: Mapped[int]
    rate_bps: Mapped[int]
    amount_fen: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))

    deal: Mapped[Deal] = relationship()
    programme: Mapped[Programme] = relationship()
    employee_check: Mapped[EmployeeCheck] = relationship()


class ProgrammeCost(Base):
    """Money that a programme cost on a day, such as a stand's rent. Never edited: a negative entry corrects one."""

    __tablename__ = "programme_costs"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        CheckConstraint("length(note) > 0", name="says_what"),
        UniqueConstraint("programme_id", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.referrer_id"))
    key: Mapped[str] = mapped_column(Code)
    spent_on: Mapped[date] = mapped_column(Day)
    amount_fen: Mapped[int]
    note: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))

    by: Mapped[Person] = relationship()
