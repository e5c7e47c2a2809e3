"""Flags over a partner's figure (风险台): what was found, what was done about it, and what is held meanwhile.

A flag says only how it stands. What was done about it is a row of its own that nobody changes.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    and_,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.risk.figures import Figure, Party, Row
from ...rules.risk.flag import Deed, FlagState
from ..accounts.people import Person
from ..base import Base, one_of
from ..deals.deals import Deal
from ..ledger.lines import PostedLine
from ..partners.agreements import Agency, Development
from ..showings.showings import Showing
from ..statements.statements import Statement, StatementLine

_ENDED = "'let_go', 'struck', 'expired'"


class RiskFlag(Base):
    """A figure of a partner over its limit. `person_id`: a broker, with his agency of then, or a referrer; without one,
    an agency as a whole. `evidence`: the rows that it rests on, each as table and number. `found`: under what it was
    found, once. `since`: since when it stands so; `asked_at`: since when the partner knows of it. `held_by`: who holds
    money because of it; another one ends it then.
    """

    __tablename__ = "risk_flags"
    __table_args__ = (
        one_of("figure", Figure),
        one_of("state", FlagState),
        CheckConstraint("person_id IS NOT NULL OR agency_id IS NOT NULL", name="of_somebody"),
        CheckConstraint(f"(state IN ({_ENDED})) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("held_by IS NULL OR ended_by IS NULL OR held_by <> ended_by", name="another_frees"),
        CheckConstraint("held_by IS NULL OR asked_at IS NOT NULL", name="held_knows_why"),
        Index("ix_risk_flags_state", "state", "since"),
        Index("ix_risk_flags_partner", "figure", "development_id", "agency_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    figure: Mapped[Figure]
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    count: Mapped[int]
    whole: Mapped[int]
    evidence: Mapped[list[list[Any]]]
    found: Mapped[str] = mapped_column(String(120), unique=True)
    opened_at: Mapped[datetime]
    state: Mapped[FlagState]
    since: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    held_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    development: Mapped[Development | None] = relationship()
    agency: Mapped[Agency | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    steps: Mapped[list["RiskStep"]] = relationship(order_by="RiskStep.id", back_populates="flag")
    holds: Mapped[list["RiskHold"]] = relationship(order_by="RiskHold.id", back_populates="flag")

    @property
    def party(self) -> Party:
        """Whom it is about."""
        return Party(self.person_id, self.agency_id)

    @property
    def rows(self) -> list[Row]:
        """What it rests on."""
        return [Row(table, number) for table, number in self.evidence]


class RiskStep(Base):
    """Something that was done about a flag: asked, held, answered, ended. `by_id` empty: it ended by itself."""

    __tablename__ = "risk_steps"
    __table_args__ = (
        one_of("deed", Deed),
        CheckConstraint("deed = 'expired' OR length(words) > 0", name="says_something"),
        CheckConstraint("(deed = 'expired') = (by_id IS NULL)", name="by_somebody"),
        CheckConstraint("(deed = 'struck') = (showing_id IS NOT NULL)", name="struck_for"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("risk_flags.id"), index=True)
    deed: Mapped[Deed]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    words: Mapped[str]
    showing_id: Mapped[int | None] = mapped_column(ForeignKey("showings.id"))
    at: Mapped[datetime]

    flag: Mapped[RiskFlag] = relationship(back_populates="steps")
    by: Mapped[Person | None] = relationship()
    showing: Mapped[Showing | None] = relationship()


class RiskHold(Base):
    """What a flag holds until it has ended: the partner's part of a deal, or, without one, all that is paid to the
    account in question. Never edited."""

    __tablename__ = "risk_holds"
    __table_args__ = (UniqueConstraint("flag_id", "deal_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("risk_flags.id"))
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"), index=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("risk_steps.id"))

    flag: Mapped[RiskFlag] = relationship(back_populates="holds")
    deal: Mapped[Deal | None] = relationship()
    step: Mapped[RiskStep] = relationship()


def held_statements(*columns: Any) -> Select[Any]:
    """For the database: the statements of which a flag that has not ended holds a part, with these columns of it. Only
    its own partner's are, whoever else has a part of the same deal."""
    paid_to = or_(
        and_(RiskFlag.agency_id.is_not(None), Statement.agency_id == RiskFlag.agency_id),
        and_(RiskFlag.agency_id.is_(None), Statement.person_id == RiskFlag.person_id),
    )
    of_deal = exists().where(
        StatementLine.statement_id == Statement.id,
        StatementLine.line_id == PostedLine.id,
        PostedLine.deal_id == RiskHold.deal_id,
    )
    return (
        select(Statement.id.label("statement_id"), *columns)
        .join(RiskFlag, paid_to)
        .join(RiskHold, RiskHold.flag_id == RiskFlag.id)
        .where(RiskFlag.ended_at.is_(None), or_(RiskHold.deal_id.is_(None), of_deal))
        .distinct()
    )


def waits_for_us() -> ColumnElement[bool]:
    """For the database: a flag that waits for our word."""
    return RiskFlag.state.in_((FlagState.OPEN, FlagState.ANSWERED))
