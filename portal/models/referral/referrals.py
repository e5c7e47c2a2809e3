"""Referrers, the leads that their friends leave, and what they earn."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.lead import Proof as LeadProof
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Audience, Kind, Milestone

from ..accounts.people import Person
from ..base import Base, Code, Day, one_of
from ..clients import Client
from ..deals.deals import Deal
from ..partners.agreements import Development
from ..payees import person_payee
from ..privacy.consents import Consent
from ..registrations.registrations import Touch, TouchKind

PERSONS = (Audience.HOMEOWNER, Audience.CITIZEN)
"""The audiences of persons who refer in their own name."""


_NAMED_BY = "1"
"""The version of the contact consent that let the referrer read the surname too."""


class Referrer(Base):
    """Who brings friends (推荐人) to a development, with the code that stands on the poster: a person, who is one for
    each development, or a programme, which is no person.

    `joined_at` decides which version of the reward plan was promised.
    """

    __tablename__ = "referrers"
    __table_args__ = (one_of("audience", Audience), UniqueConstraint("person_id", "development_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    audience: Mapped[Audience]
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), index=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    home: Mapped[str | None]
    joined_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_reason: Mapped[str | None]
    shown_name: Mapped[str | None]

    person: Mapped[Person] = relationship(lazy="joined", foreign_keys=person_id)
    development: Mapped[Development] = relationship()


MADE_TOUCH = and_(
    Touch.kind == TouchKind.REFERRAL_LEAD,
    Touch.person_id == Referrer.person_id,
    Touch.development_id == Referrer.development_id,
)
"""That a referrer's lead made a touch: touches name the person, who is one referrer in each development."""


class LeadOutcome(StrEnum):
    """What became of a lead: it counts, it does not, or it waits until the number is shown to be the friend's."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    WAITING = "waiting"


class Lead(Base):
    """A friend who left name and phone on a referrer's landing page, with how it ended.

    `design` and `campaign` say which poster or link it was (`models.scans`). `progress_consent` lets the referrer read
    the friend's surname; `consent` lets us call. `network_mark`: which leads of one Shanghai day came from one network,
    as a digest that says so of no other day. `proven_at` and `proof`: when and by what the number was shown to be the
    friend's.
    """

    __tablename__ = "leads"
    __table_args__ = (
        one_of("outcome", LeadOutcome),
        one_of("proof", LeadProof),
        CheckConstraint("(proof IS NULL) = (proven_at IS NULL)", name="proven_by_what"),
        CheckConstraint("(outcome = 'accepted') = (touch_id IS NOT NULL)", name="accepted_has_touch"),
        CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="refused_has_code"),
        Index("ix_leads_at", "at"),
        Index("ix_leads_day", "development_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    referrer_id: Mapped[int] = mapped_column(ForeignKey("referrers.id"), index=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"), unique=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consents.id"))
    name_sealed: Mapped[bytes]
    outcome: Mapped[LeadOutcome]
    code: Mapped[str | None] = mapped_column(Code)
    at: Mapped[datetime]
    design: Mapped[str] = mapped_column(Code, server_default="")
    campaign: Mapped[str] = mapped_column(Code, server_default="")
    progress_consent_id: Mapped[int | None] = mapped_column(ForeignKey("consents.id"))
    network_mark: Mapped[str] = mapped_column(String(64), server_default="")
    proven_at: Mapped[datetime | None]
    proof: Mapped[LeadProof | None]

    referrer: Mapped[Referrer] = relationship()
    development: Mapped[Development] = relationship()
    client: Mapped[Client] = relationship()
    consent: Mapped[Consent] = relationship(foreign_keys=consent_id)
    progress_consent: Mapped[Consent | None] = relationship(foreign_keys=progress_consent_id)
    touch: Mapped[Touch | None] = relationship()

    @property
    def may_be_named(self) -> bool:
        """Whether the referrer may read the surname: the first version of the contact consent said so, since then it is
        asked for by itself."""
        consent = self.progress_consent or (self.consent if self.consent.version == _NAMED_BY else None)
        return consent is not None and consent.withdrawn_at is None


class ReviewOutcome(StrEnum):
    """What a person decided of a fulfilled reward whose purchase changed."""

    STANDS = "stands"
    CHARGED = "charged"
    REPLACED = "replaced"


_CHARGED = text("review IN ('charged', 'replaced')")


class Reward(Base):
    """What a referrer earns by a friend's deal: one item of a rung of the reward plan (rules 7.3, 7.4).

    One living reward a (deal, slot): the database sees to it; revoked ones are history. `why` holds the facts
    of `referral.rewards.reward.Why` and the plan's version. `reviewed_rung` (0: none) is the rung against which a
    fulfilled reward was last sent to review. A due reward that somebody turned down says who and why, until it is
    approved after all or belongs to another rung.
    """

    __tablename__ = "rewards"
    __table_args__ = (
        one_of("state", RewardState),
        CheckConstraint("kind IN ('cash', 'voucher', 'fee_relief', 'parking')", name="kind_known"),
        CheckConstraint("(due_on IS NULL) = (waits_for IS NOT NULL)", name="date_or_milestone"),
        CheckConstraint("(value_fen IS NULL) <> (term_months IS NULL)", name="sum_or_span"),
        Index(
            "uq_rewards_living",
            "deal_id",
            "slot",
            unique=True,
            sqlite_where=text("state <> 'revoked'"),
            postgresql_where=text("state <> 'revoked'"),
        ),
        Index("ix_rewards_charged", "reviewed_at", "id", sqlite_where=_CHARGED, postgresql_where=_CHARGED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    referrer_id: Mapped[int] = mapped_column(ForeignKey("referrers.id"), index=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    slot: Mapped[int]
    rung: Mapped[int]
    kind: Mapped[Kind]
    title: Mapped[str] = mapped_column(Code)
    value_fen: Mapped[int | None]
    term_months: Mapped[int | None]
    state: Mapped[RewardState] = mapped_column(index=True)
    due_on: Mapped[date | None] = mapped_column(Day)
    waits_for: Mapped[Milestone | None]
    needs_review: Mapped[bool] = mapped_column(default=False)
    reviewed_rung: Mapped[int | None]
    why: Mapped[dict[str, Any]]
    granted_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    refused_at: Mapped[datetime | None]
    refused_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    refusal: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    review: Mapped[ReviewOutcome | None]
    review_reason: Mapped[str | None]

    referrer: Mapped[Referrer] = relationship()
    development: Mapped[Development] = relationship()
    deal: Mapped[Deal] = relationship()
    approver: Mapped[Person | None] = relationship(foreign_keys=approved_by)
    refuser: Mapped[Person | None] = relationship(foreign_keys=refused_by)
    reviewer: Mapped[Person | None] = relationship(foreign_keys=reviewed_by)

    @property
    def payee(self) -> str:
        """Who is paid: the person, whichever development the reward is of."""
        return person_payee(self.referrer.person_id)
