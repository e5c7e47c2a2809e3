"""Confirmed fake showings and the freezes that they lead to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base
from .people import Person
from .showings import Showing


class Freeze(Base):
    """A broker's account frozen for a month (冻结). It lifts itself at its end."""

    __tablename__ = "freezes"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    broker: Mapped[Person] = relationship()


class Strike(Base):
    """One confirmed fake showing (虚假带看). It counts for 12 months unless voided or consumed by a freeze."""

    __tablename__ = "strikes"

    id: Mapped[int] = mapped_column(primary_key=True)
    showing_id: Mapped[int] = mapped_column(ForeignKey("showings.id"), unique=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    confirmed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    confirmed_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    freeze_id: Mapped[int | None] = mapped_column(ForeignKey("freezes.id"))

    showing: Mapped[Showing] = relationship()
    broker: Mapped[Person] = relationship(foreign_keys=broker_id)
    freeze: Mapped[Freeze | None] = relationship()
