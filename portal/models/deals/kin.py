"""Who signs may be the spouse, a parent or a child of somebody who was registered: said of a deal, once."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.conflicts.conflict import Kin
from ..base import Base, one_of
from ..clients import Client
from .deals import Deal


class DealKin(Base):
    """A client known here, under a phone of his own, whose spouse, parent or child the buyer is. Never edited."""

    __tablename__ = "deal_kin"
    __table_args__ = (one_of("kin", Kin),)

    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    kin: Mapped[Kin]
    said_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    deal: Mapped[Deal] = relationship()
    client: Mapped[Client] = relationship()
