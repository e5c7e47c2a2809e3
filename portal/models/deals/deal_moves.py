"""Deals that a person gave to somebody else, or split: from whom, to whom, and why."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base


class DealMove(Base):
    """One move of a deal, from its owner to another, or to nobody. Never edited; the deal follows its last one.

    Of a signed deal its parts say who has how much (`DealPart`); a split leaves the owner where he is.
    """

    __tablename__ = "deal_moves"
    __table_args__ = (CheckConstraint("length(reason) > 0", name="has_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    from_touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"))
    from_owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    from_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    to_touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"))
    to_owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    to_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    reason: Mapped[str]
    decided_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
