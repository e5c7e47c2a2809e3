"""Confirmed fake showings, the freezes that they lead to, and the appeals against them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, one_of
from ..showings.showings import Showing


class Freeze(Base):
    """A broker's account frozen for a month (冻结). It lifts itself at its end.

    `undeserved_at`: when an accepted appeal took one of its three strikes, so that it never was deserved. `lifted_at`:
    the same instant, where the freeze was still running and ended by it.
    """

    __tablename__ = "freezes"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    undeserved_at: Mapped[datetime | None]

    broker: Mapped[Person] = relationship()


class Strike(Base):
    """One confirmed fake showing (虚假带看). It counts for 12 months unless voided or consumed by a freeze.

    A voided strike keeps the freeze that it had helped to bring; the others of that freeze are free again.
    """

    __tablename__ = "strikes"

    id: Mapped[int] = mapped_column(primary_key=True)
    showing_id: Mapped[int] = mapped_column(ForeignKey("showings.id"), unique=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    confirmed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    confirmed_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    freeze_id: Mapped[int | None] = mapped_column(ForeignKey("freezes.id"))

    showing: Mapped[Showing] = relationship(back_populates="strike")
    broker: Mapped[Person] = relationship(foreign_keys=broker_id)
    confirmer: Mapped[Person] = relationship(foreign_keys=confirmed_by)
    freeze: Mapped[Freeze | None] = relationship()
    appeal: Mapped["Appeal | None"] = relationship(back_populates="strike")


class AppealOutcome(StrEnum):
    """What somebody else decided of an appeal."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Appeal(Base):
    """A broker's word against a strike, one a strike (申诉). Neither it nor its decision is ever edited."""

    __tablename__ = "appeals"
    __table_args__ = (CheckConstraint("length(words) > 0", name="says_something"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    strike_id: Mapped[int] = mapped_column(ForeignKey("strikes.id"), unique=True)
    words: Mapped[str]
    filed_at: Mapped[datetime]

    strike: Mapped[Strike] = relationship(back_populates="appeal")
    pictures: Mapped[list["AppealPicture"]] = relationship(order_by="AppealPicture.id", back_populates="appeal")
    decision: Mapped["AppealDecision | None"] = relationship(back_populates="appeal")


class AppealDecision(Base):
    """What was decided of an appeal, and why. The database refuses the hand that had confirmed the strike."""

    __tablename__ = "appeal_decisions"
    __table_args__ = (one_of("outcome", AppealOutcome), CheckConstraint("length(reason) > 0", name="has_reason"))

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), unique=True)
    outcome: Mapped[AppealOutcome]
    reason: Mapped[str]
    decided_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime]

    appeal: Mapped[Appeal] = relationship(back_populates="decision")
    decider: Mapped[Person] = relationship()


class AppealPicture(Base):
    """A picture that goes with an appeal. The file lies sealed outside the database; the row outlives it as its proof.

    `keep_until` stands from the decision on: before it, the picture is kept however long that takes (rules 3.5).
    """

    __tablename__ = "appeal_pictures"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(64), unique=True)
    width: Mapped[int]
    height: Mapped[int]
    keep_until: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]

    appeal: Mapped[Appeal] = relationship(back_populates="pictures")
