"""When a development receives visits, the days on which it does not, and the visits that are booked."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Day, one_of
from ..partners.agreements import Development
from ..registrations.registrations import Registration

STANDING = text("ended_at IS NULL")
CLOSED = text("opened_at IS NULL")


class BookingEnd(StrEnum):
    """Why a booking stands no longer: the broker moved it or called it off, we did, or its time or the client's
    protection is over."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    BY_US = "by_us"
    OVER = "over"


class SlotHours(Base):
    """The hours of a development as they were set; the latest ones hold. Never edited.

    `week`: for each weekday, Monday first, its spans as minutes of the day. No span at all: nothing is offered.
    """

    __tablename__ = "slot_hours"
    __table_args__ = (
        CheckConstraint("minutes > 0 AND places > 0 AND ahead_days >= 0", name="are_numbers"),
        Index("ix_slot_hours_development", "development_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    week: Mapped[list[list[Any]]]
    minutes: Mapped[int]
    places: Mapped[int]
    ahead_days: Mapped[int]
    set_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    set_at: Mapped[datetime]

    setter: Mapped[Person] = relationship()


class SlotClosure(Base):
    """A day on which a development receives nobody, until it is opened again. One a day: the database sees to it."""

    __tablename__ = "slot_closures"
    __table_args__ = (
        Index(
            "uq_slot_closures_day", "development_id", "day", unique=True, sqlite_where=CLOSED, postgresql_where=CLOSED
        ),
        CheckConstraint("(opened_at IS NULL) = (opened_by IS NULL)", name="opened_by_whom"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    day: Mapped[date] = mapped_column(Day)
    reason: Mapped[str]
    closed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    closed_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[datetime | None]

    development: Mapped[Development] = relationship()


class SlotBooking(Base):
    """A place at a time for the client of a registration.

    A time has as many places as the hours say, numbered from 1; one that stands takes one of them, and a registration
    has one booking that stands: the database sees to both. `pass_key` is the unguessable part of the pass's address.
    `arrived_at`: when its pass was read at the gate.
    """

    __tablename__ = "slot_bookings"
    __table_args__ = (
        one_of("end_reason", BookingEnd),
        CheckConstraint("ends_at > begins_at AND place > 0 AND visitors > 0", name="is_a_time_for_people"),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_why"),
        CheckConstraint("(arrived_at IS NULL) = (received_by IS NULL)", name="received_by_whom"),
        Index(
            "uq_slot_bookings_place",
            "development_id",
            "begins_at",
            "place",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
        Index(
            "uq_slot_bookings_registration",
            "registration_id",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
        Index("ix_slot_bookings_registration", "registration_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[int]
    visitors: Mapped[int]
    pass_key: Mapped[str] = mapped_column(String(32), unique=True)
    booked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    booked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    end_reason: Mapped[BookingEnd | None]
    arrived_at: Mapped[datetime | None]
    received_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    development: Mapped[Development] = relationship()
    registration: Mapped[Registration] = relationship()
