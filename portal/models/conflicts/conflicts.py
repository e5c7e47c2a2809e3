"""Cases over whose client somebody is (渠道冲突): who has part in them, what was said, and what was decided.

A case says only how it stands. Everything that happened in it is a row of its own that nobody changes.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.conflicts.conflict import Cause, Outcome, Result
from ..accounts.people import Person
from ..base import Base, one_of
from ..clients import Client
from ..deals.deals import Deal
from ..partners.agreements import Agency, Development
from ..proposals import Proposal, two_people
from ..registrations.registrations import Registration

_OPEN_CLIENT = text("closed_at IS NULL AND deal_id IS NULL")
_OPEN_DEAL = text("closed_at IS NULL AND deal_id IS NOT NULL")
_PROPOSED = text("state = 'proposed'")
_SHARE = "(share_bps IS NULL OR share_bps BETWEEN 1 AND 9999) AND ({}) = (share_bps IS NOT NULL)"


class ConflictCase(Base):
    """A question whose client somebody is, or whose a deal is. One is open of a client, and of a deal.

    `other_client_id`: the same person under a former phone, as a rule suspects. `found`: under what a rule finds it,
    once. `look` is 1, and 2 from the second look on. `closed_at` empty: it waits for a decision, `due_at` at the
    latest.
    """

    __tablename__ = "conflict_cases"
    __table_args__ = (
        one_of("cause", Cause),
        CheckConstraint("look IN (1, 2)", name="two_looks"),
        CheckConstraint("(opened_by IS NULL) = (found IS NOT NULL)", name="opened_or_found"),
        CheckConstraint("cause <> 'doubt' OR length(words) > 0", name="doubt_says_why"),
        Index(
            "uq_conflict_cases_client",
            "development_id",
            "client_id",
            unique=True,
            sqlite_where=_OPEN_CLIENT,
            postgresql_where=_OPEN_CLIENT,
        ),
        Index("uq_conflict_cases_deal", "deal_id", unique=True, sqlite_where=_OPEN_DEAL, postgresql_where=_OPEN_DEAL),
        Index("ix_conflict_cases_due", "closed_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    other_client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"), index=True)
    cause: Mapped[Cause]
    found: Mapped[str | None] = mapped_column(String(64), unique=True)
    words: Mapped[str]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[datetime]
    look: Mapped[int]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    development: Mapped[Development] = relationship()
    client: Mapped[Client] = relationship(foreign_keys=client_id)
    deal: Mapped[Deal | None] = relationship()
    opener: Mapped[Person | None] = relationship()
    parties: Mapped[list["ConflictParty"]] = relationship(order_by="ConflictParty.id", back_populates="case")
    objections: Mapped[list["Objection"]] = relationship(order_by="Objection.id", back_populates="case")
    decisions: Mapped[list["ConflictDecision"]] = relationship(order_by="ConflictDecision.id", back_populates="case")
    second_look: Mapped["SecondLook | None"] = relationship(back_populates="case")

    @property
    def open(self) -> bool:
        """It waits for a decision."""
        return self.closed_at is None


class ConflictParty(Base):
    """A broker who has part in a case: who holds the client, or who claims him. Never edited."""

    __tablename__ = "conflict_parties"
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("conflict_cases.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    holds: Mapped[bool]
    at: Mapped[datetime]

    case: Mapped[ConflictCase] = relationship(back_populates="parties")
    person: Mapped[Person] = relationship()
    agency: Mapped[Agency] = relationship()


class Objection(Base):
    """A broker's word against a refusal or a deal's owner (提出异议), one a registration. Never edited."""

    __tablename__ = "objections"
    __table_args__ = (
        CheckConstraint("length(words) > 0", name="says_something"),
        UniqueConstraint("case_id", "broker_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("conflict_cases.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), unique=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    words: Mapped[str]
    at: Mapped[datetime]

    case: Mapped[ConflictCase] = relationship(back_populates="objections")
    broker: Mapped[Person] = relationship()
    registration: Mapped[Registration] = relationship()
    pictures: Mapped[list["ObjectionPicture"]] = relationship(
        order_by="ObjectionPicture.id", back_populates="objection"
    )


class ObjectionPicture(Base):
    """A picture that goes with an objection. The file lies sealed outside the database; the row outlives it.

    `keep_until` stands from the decision on: before it, the picture is kept however long that takes (rules 3.5).
    """

    __tablename__ = "objection_pictures"

    id: Mapped[int] = mapped_column(primary_key=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey("objections.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(64), unique=True)
    width: Mapped[int]
    height: Mapped[int]
    keep_until: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]

    objection: Mapped[Objection] = relationship(back_populates="pictures")


class ConflictProposal(Proposal, Base):
    """A decision over much money: proposed by one, executed when another confirms it. `because` is its reason, `reason`
    that of its refusal; `to_registration_id` whose the client becomes (empty: nobody's, where it moves), or who has
    `share_bps` of the deal, where it is split."""

    __tablename__ = "conflict_proposals"
    __table_args__ = (
        *two_people(),
        one_of("outcome", Outcome),
        CheckConstraint("outcome IN ('move', 'split') OR to_registration_id IS NULL", name="moves_to"),
        CheckConstraint(_SHARE.format("outcome = 'split'"), name="share"),
        CheckConstraint("length(because) > 0", name="says_why"),
        Index("uq_conflict_proposals_case", "case_id", unique=True, sqlite_where=_PROPOSED, postgresql_where=_PROPOSED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("conflict_cases.id"))
    outcome: Mapped[Outcome]
    to_registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    share_bps: Mapped[int | None]
    because: Mapped[str]
    moved_fen: Mapped[int]

    case: Mapped[ConflictCase] = relationship()
    to_registration: Mapped[Registration | None] = relationship()
    further: Mapped[list["FurtherPart"]] = relationship(order_by="FurtherPart.id")


class ConflictDecision(Base):
    """What was decided of a case at one look, and why. Never edited; the second look's stands beside the first's.

    `confirmed_by`: the second person, where the money needed one.
    """

    __tablename__ = "conflict_decisions"
    __table_args__ = (
        one_of("outcome", Outcome),
        CheckConstraint("length(reason) > 0", name="has_reason"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> decided_by", name="second_person"),
        CheckConstraint("outcome IN ('move', 'split') OR to_registration_id IS NULL", name="moves_to"),
        CheckConstraint(_SHARE.format("outcome = 'split'"), name="share"),
        UniqueConstraint("case_id", "look"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("conflict_cases.id"))
    look: Mapped[int]
    outcome: Mapped[Outcome]
    to_registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    share_bps: Mapped[int | None]
    reason: Mapped[str]
    at_stake_fen: Mapped[int]
    decided_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime]

    case: Mapped[ConflictCase] = relationship(back_populates="decisions")
    decider: Mapped[Person] = relationship(foreign_keys=decided_by)
    confirmer: Mapped[Person | None] = relationship(foreign_keys=confirmed_by)
    to_registration: Mapped[Registration | None] = relationship()
    further: Mapped[list["FurtherPart"]] = relationship(order_by="FurtherPart.id")
    results: Mapped[list["ConflictResult"]] = relationship(order_by="ConflictResult.id", back_populates="decision")


class FurtherPart(Base):
    """Who else has a part of a deal that is split into more than two, as it was proposed or decided. Never edited."""

    __tablename__ = "conflict_further_parts"
    __table_args__ = (
        CheckConstraint("(decision_id IS NULL) <> (proposal_id IS NULL)", name="of_one"),
        CheckConstraint("share_bps BETWEEN 1 AND 9998", name="share"),
        UniqueConstraint("decision_id", "registration_id"),
        UniqueConstraint("proposal_id", "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("conflict_decisions.id"))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("conflict_proposals.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    share_bps: Mapped[int]

    registration: Mapped[Registration] = relationship()


class ConflictResult(Base):
    """What a decision means for one broker who has part in it: his receipt is of this row, and names no rival."""

    __tablename__ = "conflict_results"
    __table_args__ = (
        one_of("result", Result),
        CheckConstraint(_SHARE.format("result = 'shared'"), name="share"),
        UniqueConstraint("decision_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("conflict_decisions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    result: Mapped[Result]
    share_bps: Mapped[int | None]

    decision: Mapped[ConflictDecision] = relationship(back_populates="results")
    person: Mapped[Person] = relationship()


class SecondLook(Base):
    """Who lost asked once for another manager to look again, and why. Never edited."""

    __tablename__ = "second_looks"
    __table_args__ = (CheckConstraint("length(words) > 0", name="says_why"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("conflict_cases.id"), unique=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    words: Mapped[str]
    at: Mapped[datetime]

    case: Mapped[ConflictCase] = relationship(back_populates="second_look")
    asker: Mapped[Person] = relationship()


def hangs_on_deal() -> ColumnElement[bool]:
    """For the database: an open case hangs on a `Deal`, whose money waits for its end. A case of a client hangs on the
    deals that were opened since."""
    of = ConflictCase
    since = and_(
        of.deal_id.is_(None),
        of.development_id == Deal.development_id,
        of.client_id == Deal.client_id,
        of.opened_at <= Deal.created_at,
    )
    return and_(of.closed_at.is_(None), or_(of.deal_id == Deal.id, since))
