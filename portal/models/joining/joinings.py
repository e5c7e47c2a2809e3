"""How referrers came to be referrers, who were not entered by staff."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base, Code, one_of
from ..referral.referrals import Referrer


class JoinedBy(StrEnum):
    """By the development's public page, or by an invitation that was texted."""

    PAGE = "page"
    INVITATION = "invitation"


class Joining(Base):
    """That somebody joined by himself: in which words of the terms, from where (`campaign`: a word of
    `models.scans`, or empty). Never edited."""

    __tablename__ = "joinings"
    __table_args__ = (one_of("way", JoinedBy),)

    referrer_id: Mapped[int] = mapped_column(ForeignKey("referrers.id"), primary_key=True)
    way: Mapped[JoinedBy]
    terms_version: Mapped[str] = mapped_column(Code)
    terms_locale: Mapped[str] = mapped_column(Code)
    campaign: Mapped[str] = mapped_column(Code)
    address: Mapped[str]
    at: Mapped[datetime]

    referrer: Mapped[Referrer] = relationship()
