"""Limits of the risk desk, as one person proposed and another published them."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..proposals import Proposal, two_people


class RiskLimits(Proposal, Base):
    """From when figures are looked at. Confirmed, they hold from that instant until others are."""

    __tablename__ = "risk_limits"
    __table_args__ = (*two_people(), Index("ix_risk_limits_state", "state", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    toml: Mapped[str]
    note: Mapped[str]
