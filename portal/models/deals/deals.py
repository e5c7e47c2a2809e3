"""Deals, their milestones, and who owns them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, one_of
from ..clients import Client
from ..commission.plans import PlanVersion
from ..partners.agreements import Agency, Development
from ..registrations.registrations import Touch

_WITHOUT_PLAN = text("signed_at IS NOT NULL AND agency_id IS NOT NULL AND plan_version_id IS NULL")


class MilestoneKind(StrEnum):
    """The steps of a deal (成交), in their order; cancelled ends it."""

    SUBSCRIBED = "subscribed"
    SIGNED = "signed"
    LOAN_RELEASED = "loan_released"
    HANDED_OVER = "handed_over"
    CANCELLED = "cancelled"


class Deal(Base):
    """A sale. Owner and plan version are set once, by attribution and by signing; a person may give it to another owner
    (`DealMove`), and a signed one to two (`DealPart`): its own agency is the one that has the first part then.

    `signed_at` and `cancelled_at` repeat the milestones of these names: rating reads millions of deals by them.
    """

    __tablename__ = "deals"
    __table_args__ = (
        CheckConstraint("price_fen > 0", name="price_positive"),
        CheckConstraint("(touch_id IS NULL) OR (owner_id IS NOT NULL)", name="touch_has_owner"),
        Index("ix_deals_rating", "agency_id", "signed_at", "id"),
        Index("ix_deals_signed_at", "signed_at"),
        Index("ix_deals_without_plan", "signed_at", sqlite_where=_WITHOUT_PLAN, postgresql_where=_WITHOUT_PLAN),
        Index(
            "uq_deals_unit",
            "development_id",
            "unit",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL"),
            postgresql_where=text("cancelled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    name_sealed: Mapped[bytes]
    unit: Mapped[str]
    price_fen: Mapped[int]
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    plan_version_id: Mapped[int | None] = mapped_column(ForeignKey("plan_versions.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    signed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    development: Mapped[Development] = relationship()
    client: Mapped[Client] = relationship()
    touch: Mapped[Touch | None] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=owner_id)
    agency: Mapped[Agency | None] = relationship()
    plan_version: Mapped[PlanVersion | None] = relationship()
    milestones: Mapped[list["Milestone"]] = relationship(order_by="Milestone.at", back_populates="deal")
    attributions: Mapped[list["Attribution"]] = relationship(order_by="Attribution.id", back_populates="deal")


class Milestone(Base):
    """A step that a deal reached, and who recorded it. Never edited."""

    __tablename__ = "milestones"
    __table_args__ = (one_of("kind", MilestoneKind), UniqueConstraint("deal_id", "kind"))

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    kind: Mapped[MilestoneKind]
    at: Mapped[datetime]
    note: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("people.id"))

    deal: Mapped[Deal] = relationship(back_populates="milestones")


class Attribution(Base):
    """Which touch owns a deal, and why (确权). A later decision is a new row."""

    __tablename__ = "attributions"

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"))
    why: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    deal: Mapped[Deal] = relationship(back_populates="attributions")
