"""Scans of posters, counted without knowing whose they are, and the codes that referrers chose for themselves."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base, Code, Day
from ..registrations.registrations import Touch


class Campaign(StrEnum):
    """Where a link or a poster was put: the words of `?c=` in an address. Any other word counts as none."""

    WECHAT = "wechat"
    MOMENTS = "moments"
    QQ = "qq"
    WEIBO = "weibo"
    REDNOTE = "rednote"
    DOUYIN = "douyin"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    PRINT = "print"
    STAND = "stand"
    EVENT = "event"
    OFFICE = "office"
    OTHER = "other"


class ScanCount(Base):
    """How many people a referrer's poster brought to the landing page on one Shanghai day, by design and place.

    `design` is the poster's (`?d=`), empty for a link; `campaign` is empty where the address names no place.
    """

    __tablename__ = "scan_counts"
    __table_args__ = (
        CheckConstraint("scans > 0", name="scans_positive"),
        Index("ix_scan_counts_day", "scanned_on", "referrer_id"),
    )

    referrer_id: Mapped[int] = mapped_column(ForeignKey("referrers.id"), primary_key=True)
    scanned_on: Mapped[date] = mapped_column(Day, primary_key=True)
    design: Mapped[str] = mapped_column(Code, primary_key=True)
    campaign: Mapped[str] = mapped_column(Code, primary_key=True)
    scans: Mapped[int]


class ScanSalt(Base):
    """The day's random salt. It comes from no key of ours, so once it is dropped nobody can make its hashes again."""

    __tablename__ = "scan_salts"

    used_on: Mapped[date] = mapped_column(Day, primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class ScanVisitor(Base):
    """That a visitor was counted today at this referrer's: a hash under the day's salt, dropped with it."""

    __tablename__ = "scan_visitors"

    seen_on: Mapped[date] = mapped_column(Day, primary_key=True)
    mark: Mapped[str] = mapped_column(String(32), primary_key=True)


class VanityCode(Base):
    """The code that a referrer chose, once. `folded` is how it is found: letters that look alike are one there."""

    __tablename__ = "vanity_codes"

    referrer_id: Mapped[int] = mapped_column(ForeignKey("referrers.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(16))
    folded: Mapped[str] = mapped_column(String(16), unique=True)
    chosen_at: Mapped[datetime]


class FriendVisit(Base):
    """A referred friend came to the site, and reception signed the visit in: at most once a Shanghai day."""

    __tablename__ = "friend_visits"
    __table_args__ = (
        Index("uq_friend_visits_day", "touch_id", "visited_on", unique=True),
        Index("ix_friend_visits_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    touch_id: Mapped[int] = mapped_column(ForeignKey("touches.id"))
    visited_on: Mapped[date] = mapped_column(Day)
    at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("people.id"))

    touch: Mapped[Touch] = relationship()
