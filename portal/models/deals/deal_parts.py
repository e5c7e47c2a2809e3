"""Parts of signed deals (拆分) that a person gave to another agency, or to several: who had how much, since when."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base
from ..partners.agreements import Agency
from .deal_moves import DealMove
from .deals import Deal

_STANDS = text("until IS NULL")


class DealPart(Base):
    """An agency's part of a deal, from a decision on: `share_bps` of it, behind `after_bps` of those before it.

    A deal that was never decided over when it was signed has none, and is its agency's whole. The first decision writes
    down what stood before, as a part that ends with it (`opening`). Nothing of a part changes but that it ends, once:
    `until`.
    """

    __tablename__ = "deal_parts"
    __table_args__ = (
        CheckConstraint("share_bps > 0 AND after_bps >= 0 AND after_bps + share_bps <= 10000", name="share"),
        CheckConstraint("until >= since", name="ends_later"),
        Index("ix_deal_parts_agency", "agency_id", "deal_id", "id"),
        Index("ix_deal_parts_deal_id", "deal_id"),
        Index(
            "uq_deal_parts_agency", "deal_id", "agency_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    move_id: Mapped[int] = mapped_column(ForeignKey("deal_moves.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"), index=True)
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_versions.id"))
    after_bps: Mapped[int]
    share_bps: Mapped[int]
    opening: Mapped[bool]
    since: Mapped[datetime]
    until: Mapped[datetime | None]

    deal: Mapped[Deal] = relationship()
    move: Mapped[DealMove] = relationship()
    agency: Mapped[Agency] = relationship()
    owner: Mapped[Person] = relationship()
