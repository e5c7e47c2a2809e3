"""Posted lines, the ledger's reasons; adjustments by hand; the seals that end a window's re-ranking; benefits."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..commission.plans import PlanVersion
from ..deals.deals import Deal, Milestone
from ..partners.agreements import Agency
from ..payees import OfPayee, one_payee
from ..referral.referrals import Reward


class Cause(StrEnum):
    """Why a line was posted: the causes of a commission (rules 5.4), and what else stands in a statement."""

    ACCRUAL = "accrual"
    INSTALMENT = "instalment"
    TOP_UP = "top_up"
    CLAWBACK = "clawback"
    RE_RANK = "re_rank"
    CORRECTION = "correction"
    FORFEITURE = "forfeiture"
    FINE = "fine"
    ADJUSTMENT = "adjustment"
    REWARD = "reward"
    WITHHOLDING = "withholding"


OF_DEALS = ("accrual", "instalment", "top_up", "clawback", "re_rank", "correction", "forfeiture")
"""The causes of a commission: their lines name a deal's instalment, its window and its plan version."""

_ASKED_FOR = text("state <> 'refused' AND state <> 'withdrawn' AND reward_id IS NOT NULL")


class AdjustmentState(StrEnum):
    """Where an adjustment stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_OF_PERSONS = text("person_id IS NOT NULL")


class PostedLine(OfPayee, Base):
    """A change of what a payee has earned, with its explanation. Never edited.

    `reference` is that of the transfer beside it in the ledger. It names the event, the deal and the instalment, and
    the database keeps it unique, so that a repeated event cannot pay twice. `why` holds all that its words are made of,
    the home and the broker too: what is corrected or renamed later changes no line.
    """

    __tablename__ = "posted_lines"
    __table_args__ = (
        one_of("cause", Cause),
        one_payee(),
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        CheckConstraint(
            f"cause NOT IN {OF_DEALS} OR (deal_id IS NOT NULL AND instalment IS NOT NULL AND "
            '"window" IS NOT NULL AND plan_version_id IS NOT NULL)',
            name="commission_has_deal",
        ),
        Index("ix_posted_lines_payee", "payee", "posted_at"),
        Index("ix_posted_lines_posted_at", "posted_at", postgresql_using="brin"),
        Index(
            "ix_posted_lines_person",
            "person_id",
            "window",
            "cause",
            sqlite_where=_OF_PERSONS,
            postgresql_where=_OF_PERSONS,
        ),
        Index("ix_posted_lines_window", "window", "cause", sqlite_where=_OF_PERSONS, postgresql_where=_OF_PERSONS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    cause: Mapped[Cause]
    amount_fen: Mapped[int]
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"), index=True)
    instalment: Mapped[str | None] = mapped_column(Code)
    rank: Mapped[int | None]
    window: Mapped[str | None] = mapped_column(Code)
    rate_bps: Mapped[int | None]
    plan_version_id: Mapped[int | None] = mapped_column(ForeignKey("plan_versions.id"))
    why: Mapped[dict[str, Any]]
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestones.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("ledger_batches.id"))
    posted_at: Mapped[datetime]

    deal: Mapped[Deal | None] = relationship()
    milestone: Mapped[Milestone | None] = relationship()
    plan_version: Mapped[PlanVersion | None] = relationship()


class Adjustment(OfPayee, Base):
    """A change of what a payee has earned that no rule gives: by one person's hand, and a second's (rules 6.2).

    Its line and its transfer are called `adjustment:` and its id. `file_name` is the sealed attachment's, and
    `attachment_name` what it was called by who sent it. `dispute_id`: the dispute that it answers. `reward_id`: the
    goods that were charged back, and that it asks for.
    """

    __tablename__ = "adjustments"
    __table_args__ = (
        one_payee(),
        one_of("state", AdjustmentState),
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        CheckConstraint("length(reason) > 0", name="has_reason"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name="second_person"),
        Index("ix_adjustments_state", "state", "id"),
        Index(
            "uq_adjustments_reward",
            "reward_id",
            unique=True,
            sqlite_where=_ASKED_FOR,
            postgresql_where=_ASKED_FOR,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[AdjustmentState]
    amount_fen: Mapped[int]
    reason: Mapped[str]
    file_name: Mapped[str] = mapped_column(String(64))
    attachment_name: Mapped[str]
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    dispute_id: Mapped[int | None] = mapped_column(ForeignKey("disputes.id"), index=True)
    reward_id: Mapped[int | None] = mapped_column(ForeignKey("rewards.id"))
    proposed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]

    deal: Mapped[Deal | None] = relationship()
    reward: Mapped[Reward | None] = relationship()
    proposer: Mapped[Person] = relationship(foreign_keys=proposed_by)
    decider: Mapped[Person | None] = relationship(foreign_keys=decided_by)


class WindowSeal(Base):
    """From this instant the ranks of an agency's windows of this label stand (rules 5.5)."""

    __tablename__ = "window_seals"
    __table_args__ = (UniqueConstraint("agency_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    label: Mapped[str] = mapped_column(Code)
    sealed_at: Mapped[datetime]
    sealed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))


class BenefitState(StrEnum):
    """Where a benefit stands. Escalated: it is booked, and its rank is lost; finance decides (rules 5.5)."""

    GRANTED = "granted"
    BOOKED = "booked"
    ESCALATED = "escalated"
    STANDS = "stands"
    REVOKED = "revoked"
    CHARGED = "charged"


class Benefit(Base):
    """A benefit, such as the trip, granted once a window when its rank is reached (rules 5.2).

    `revoked_at` ends it: unbooked, because its rank is lost; or booked, because finance charges it back.
    """

    __tablename__ = "benefits"
    __table_args__ = (
        Index(
            "uq_benefits_granted",
            "agency_id",
            "scope",
            "window",
            "name",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_benefits_agency", "agency_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    scope: Mapped[str] = mapped_column(Code)
    window: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    booked_at: Mapped[datetime | None]
    booked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    booking: Mapped[str | None]
    escalated_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decision: Mapped[str | None]

    agency: Mapped[Agency] = relationship()
    deal: Mapped[Deal] = relationship()
    booker: Mapped[Person | None] = relationship(foreign_keys=booked_by)
    decider: Mapped[Person | None] = relationship(foreign_keys=decided_by)

    @property
    def state(self) -> BenefitState:
        """Where it stands, told by its instants."""
        if self.revoked_at is not None:
            return BenefitState.REVOKED if self.decided_at is None else BenefitState.CHARGED
        if self.decided_at is not None:
            return BenefitState.STANDS
        if self.escalated_at is not None:
            return BenefitState.ESCALATED
        return BenefitState.GRANTED if self.booked_at is None else BenefitState.BOOKED
