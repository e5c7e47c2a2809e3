"""The review queue: what a person should look at, the riskiest first (rules 3.4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from commissions.calendar import add_months
from commissions.penalty import STANDARD_TERMS

from ...models import Showing, Strike
from ...rules.showings import risk
from ...rules.showings.checkin import Code, Outcome, Reason, Verdict
from ...session import Session

EARLIER_STRIKES = "earlier_strikes"
"""Under this name a showing's evidence keeps how many strikes the broker had when he checked in."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids of the showings before and after one in the queue."""

    before: int | None
    after: int | None


def earlier_strikes(session: Session, broker_id: int, now: datetime) -> int:
    """The broker's strikes of the last twelve months, consumed ones too; voided ones never were."""
    since = add_months(now, -STANDARD_TERMS.strike_months)
    mine = select(func.count(Strike.id)).where(
        Strike.broker_id == broker_id, Strike.voided_at.is_(None), Strike.confirmed_at > since
    )
    return session.scalar(mine) or 0


def weigh(verdict: Verdict, strikes: int) -> int:
    """The figure that a new showing keeps: it stands in the queue by it, whatever happens later."""
    return risk.weigh(verdict.outcome, verdict.reasons, strikes).points


def risk_of(showing: Showing) -> risk.Risk:
    """A showing's figure with its grounds, from what was stored with it."""
    reasons = [_reason(kept) for kept in showing.reasons]
    return risk.weigh(Outcome(showing.verdict), reasons, showing.evidence.get(EARLIER_STRIKES, 0))


def neighbours(session: Session, queue: Select[Showing], showing: Showing) -> Neighbours:
    """Who stands before and after the showing in a queue, whether or not it still stands in it itself."""
    place, here = tuple_(Showing.risk, Showing.id), tuple_(showing.risk, showing.id)
    ids = queue.with_only_columns(Showing.id, maintain_column_froms=True).limit(1)
    return Neighbours(
        before=session.scalar(ids.where(place > here).order_by(Showing.risk, Showing.id)),
        after=session.scalar(ids.where(place < here).order_by(Showing.risk.desc(), Showing.id.desc())),
    )


def _reason(kept: dict[str, Any]) -> Reason:
    return Reason(Code(kept["code"]), kept.get("facts", {}), kept.get("hard", False))
