"""A partner's own months: how many clients were registered, came and signed, and what was earned; a broker's by what is
his, a principal's by what is the agency's.

Each count has its own instant: a client of one month signs in another.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, CompoundSelect, Select, cast, func, literal, union_all

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import month_end, month_start
from ...models import Deal, Outcome, PostedLine, Registration, Showing, ShowingReview
from ...models.ledger.lines import OF_DEALS
from ...session import Session
from ..measures import channels
from ..measures.board import months_until
from ..measures.counting import COUNTS, STANDS

MONTHS = 6


@dataclass(frozen=True, slots=True)
class OwnMonth:
    """A month: accepted registrations, showings that count, deals that were signed and stand, commission posted."""

    month: str
    registered: int = 0
    visited: int = 0
    signed: int = 0
    earned_fen: int = 0


def own_months(session: Session, actor: Actor, last: str, count: int = MONTHS) -> Sequence[OwnMonth]:
    """A month and those before it, the oldest first, over the rows that the actor may see; in one query."""
    months = months_until(last, count)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    whose = Actor(actor.person_id, actor.role, actor.agency_id)
    for at, name, value in session.execute(_counted_in(whose, tuple(months))):
        found[at][name] = value
    return [OwnMonth(month, **found[month]) for month in months]


@lru_cache(maxsize=1_024)
def _counted_in(actor: Actor, months: Sequence[str]) -> CompoundSelect[Any]:
    """The one query, put together once a month for each who asks."""
    accepted = Registration.outcome != Outcome.REFUSED, ~Registration.withdrawal.has()
    shown = visible(actor, Showing).outerjoin(ShowingReview, Showing.review).where(COUNTS)
    sources: Mapping[str, tuple[Select[Any], Any, Any]] = {
        "registered": (visible(actor, Registration).where(*accepted), Registration.at, func.count(Registration.id)),
        "visited": (shown, Showing.at, func.count(Showing.id)),
        "signed": (visible(actor, Deal).where(STANDS), Deal.signed_at, func.count(Deal.id)),
        "earned_fen": (
            visible(actor, PostedLine).where(PostedLine.cause.in_(OF_DEALS)),
            PostedLine.posted_at,
            func.sum(PostedLine.amount_fen),
        ),
    }
    return union_all(*(_counts(name, *source, months) for name, source in sources.items()))


def _counts(name: str, stmt: Select[Any], at: Any, worth: Any, months: Sequence[str]) -> Select[Any]:
    month = channels.month_of(at, months).label("month_of_it")
    within = at >= month_start(months[0]), at < month_end(months[-1])
    told: tuple[Any, ...] = (month, literal(name), cast(worth, BigInteger))
    stmt = stmt.with_only_columns(*told, maintain_column_froms=True)
    return stmt.where(*within).group_by("month_of_it")
