"""Referrers, the leads that their friends leave, and what they earn."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .agreements import Development
from .base import Base, Code, Day, one_of
from .clients import Client
from .deals import Deal
from .people import Person
from .registrations import Outcome, Touch


class Audience(StrEnum):
    """Which reward plan a referrer is under."""

    HOMEOWNER = "homeowner"
    CITIZEN = "citizen"


class Referrer(Base):
    """A person who brings friends (推荐人), with the personal code that stands on the poster."""

    __tablename__ = "referrers"
    __table_args__ = (one_of("audience", Audience),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    audience: Mapped[Audience] = mapped_column(Code)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), index=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    home: Mapped[str | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")
    development: Mapped[Development] = relationship()


class Lead(Base):
    """A friend who left name and phone on a referrer's landing page, with how it ended."""

    __tablename__ = "leads"
    __table_args__ = (
        one_of("outcome", Outcome),
        CheckConstraint("(outcome = 'accepted') = (touch_id IS NOT NULL)", name="accepted_has_touch"),
        CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="refused_has_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    referrer_id: Mapped[int] = mapped_column(ForeignKey("referrers.person_id"), index=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"), unique=True)
    name_sealed: Mapped[bytes]
    outcome: Mapped[Outcome] = mapped_column(Code)
    code: Mapped[str | None] = mapped_column(Code)
    at: Mapped[datetime]

    referrer: Mapped[Referrer] = relationship()
    development: Mapped[Development] = relationship()
    client: Mapped[Client] = relationship()
    touch: Mapped[Touch | None] = relationship()


class RewardState(StrEnum):
    """Where a reward stands (rules 7.4)."""

    PENDING = "pending"
    DUE = "due"
    APPROVED = "approved"
    FULFILLED = "fulfilled"
    REVOKED = "revoked"


class Reward(Base):
    """What a referrer earns by a friend's deal. A deal earns one reward of a kind: the database sees to it."""

    __tablename__ = "rewards"
    __table_args__ = (
        one_of("state", RewardState),
        CheckConstraint("(due_on IS NULL) = (waits_for IS NOT NULL)", name="date_or_milestone"),
        Index(
            "uq_rewards_deal",
            "deal_id",
            "item",
            unique=True,
            sqlite_where=text("state <> 'revoked'"),
            postgresql_where=text("state <> 'revoked'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    referrer_id: Mapped[int] = mapped_column(ForeignKey("referrers.person_id"), index=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    rung: Mapped[int]
    item: Mapped[str] = mapped_column(Code)
    value_fen: Mapped[int | None]
    state: Mapped[RewardState] = mapped_column(Code, index=True)
    due_on: Mapped[date | None] = mapped_column(Day)
    waits_for: Mapped[str | None] = mapped_column(Code)
    needs_review: Mapped[bool] = mapped_column(default=False)
    why: Mapped[dict[str, Any]]
    granted_at: Mapped[datetime]

    referrer: Mapped[Referrer] = relationship()
    development: Mapped[Development] = relationship()
    deal: Mapped[Deal] = relationship()
