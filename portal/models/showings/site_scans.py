"""Scans of the rotating code at reception: the broker was at the site."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base


class SiteScan(Base):
    """A broker scanned the code of this half minute (`step`) for this client, once: the database sees to it.

    `host_id`: on whose tablet it stood. `showing_id`: the check-in that rests on it, set once.
    """

    __tablename__ = "site_scans"
    __table_args__ = (UniqueConstraint("touch_id", "step"), Index("ix_site_scans_touch", "touch_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    touch_id: Mapped[int] = mapped_column(ForeignKey("touches.id"))
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    host_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    step: Mapped[int]
    at: Mapped[datetime]
    showing_id: Mapped[int | None] = mapped_column(ForeignKey("showings.id"), unique=True)

    host: Mapped[Person] = relationship(foreign_keys=host_id)
