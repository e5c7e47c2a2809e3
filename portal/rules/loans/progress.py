"""How a loan stands on a day: what is due and when, by how much it is late, and why (docs/loans.md).

`due = target − done`: the targets come from the terms and from the bank's usual days, what was done from dated steps.
Nothing is stored of the answer. Days are Shanghai's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from .stage import WAITED_FOR, LoanStage, Side
from .terms import Terms


class LoanState(StrEnum):
    """How a loan stands, the most urgent first."""

    REFUSED = "refused"
    LATE = "late"
    SOON = "soon"
    RUNNING = "running"
    RELEASED = "released"
    CASH = "cash"
    CANCELLED = "cancelled"


class LoanReason(StrEnum):
    """Why it stands so: what is waited for."""

    BANK_REFUSED = "bank_refused"
    NOT_BEGUN = "not_begun"
    PAPERS_MISSING = "papers_missing"
    NOT_HANDED_IN = "not_handed_in"
    NO_BANK = "no_bank"
    CLIENT_WAITED_FOR = "client_waited_for"
    BANK_WAITED_FOR = "bank_waited_for"
    REGISTRY_WAITED_FOR = "registry_waited_for"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanFacts:
    """What is known of how a home is paid for.

    `begun`: whether it was said by which bank, or that no loan is needed (`cash`). `usual_to`: by the bank's usual days
    at the latest, as they were when the loan began. `missing`: the papers of the development's list that nobody has.
    """

    subscribed_on: date
    begun: bool = False
    cash: bool = False
    usual_to: int | None = None
    missing: tuple[str, ...] = ()
    steps: Mapping[LoanStage, date] = field(default_factory=dict)
    refused_on: date | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How it stands. `next`: the stage that is waited for, from `side`, until `target_on`; `since`: the day of the
    stage before. `compensates`: it is so late by the bank's days that what the terms offer is to be offered."""

    state: LoanState
    stage: LoanStage | None = None
    next: LoanStage | None = None
    side: Side | None = None
    since: date | None = None
    target_on: date | None = None
    days_late: int = 0
    reason: LoanReason | None = None
    compensates: bool = False

    @property
    def urgency(self) -> tuple[int, int, date]:
        """What comes first in the table: refused, then late by the most days, then what is due soonest."""
        return list(LoanState).index(self.state), -self.days_late, self.target_on or date.max


def progress(facts: LoanFacts, terms: Terms, today: date) -> Progress:
    """How a loan stands on a day."""
    stage = next((one for one in reversed(LoanStage) if one in facts.steps), None)
    if facts.cancelled or facts.cash:
        return Progress(state=LoanState.CANCELLED if facts.cancelled else LoanState.CASH, stage=stage)
    target = _target(facts, terms)
    released = facts.steps.get(LoanStage.RELEASED)
    late = max(0, ((released or today) - target).days) if target else 0
    if released:
        state, owed = LoanState.RELEASED, _compensates(facts, terms, late)
        return Progress(state=state, stage=stage, target_on=target, since=released, days_late=late, compensates=owed)
    following = _after(facts, stage)
    since = facts.steps[stage] if stage else facts.subscribed_on
    if facts.refused_on:
        return Progress(
            state=LoanState.REFUSED,
            stage=stage,
            side=Side.DEVELOPER,
            since=facts.refused_on,
            reason=LoanReason.BANK_REFUSED,
        )
    reason, side = _reason(facts, following)
    return Progress(
        state=_state(target, today, late, terms),
        stage=stage,
        next=following,
        side=side,
        since=since,
        target_on=target,
        days_late=late,
        reason=reason,
        compensates=side is not Side.CLIENT and _compensates(facts, terms, late),
    )


def _target(facts: LoanFacts, terms: Terms) -> date | None:
    """Until when: the papers by the terms; from the day they were complete, the money by the bank's usual days."""
    papers_on = facts.steps.get(LoanStage.PAPERS)
    if papers_on is None:
        return facts.subscribed_on + timedelta(days=terms.papers_days)
    return papers_on + timedelta(days=facts.usual_to) if facts.usual_to is not None else None


def _after(facts: LoanFacts, stage: LoanStage | None) -> LoanStage:
    """The first stage behind the last one reached; papers that were passed over come first."""
    if LoanStage.PAPERS not in facts.steps:
        return LoanStage.PAPERS
    stages = list(LoanStage)
    return stages[stages.index(stage or LoanStage.PAPERS) + 1]


def _reason(facts: LoanFacts, following: LoanStage) -> tuple[LoanReason, Side]:
    if not facts.begun:
        return LoanReason.NOT_BEGUN, Side.DEVELOPER
    if following is LoanStage.PAPERS and not facts.missing:
        return LoanReason.NOT_HANDED_IN, Side.DEVELOPER
    side = WAITED_FOR[following]
    if following is LoanStage.PAPERS:
        return LoanReason.PAPERS_MISSING, side
    return _BY_SIDE[side], side


def _state(target: date | None, today: date, late: int, terms: Terms) -> LoanState:
    if late:
        return LoanState.LATE
    soon = target is not None and (target - today).days <= terms.remind_days
    return LoanState.SOON if soon else LoanState.RUNNING


def _compensates(facts: LoanFacts, terms: Terms, late: int) -> bool:
    """Whether it is later than the bank's usual days and the days of grace; nobody is compensated for own papers."""
    return LoanStage.PAPERS in facts.steps and terms.compensation_months > 0 and late > terms.grace_days


_BY_SIDE: Mapping[Side, LoanReason] = {
    Side.CLIENT: LoanReason.CLIENT_WAITED_FOR,
    Side.BANK: LoanReason.BANK_WAITED_FOR,
    Side.REGISTRY: LoanReason.REGISTRY_WAITED_FOR,
}
