"""What programmes cost (rules 7.3): entries that are never changed, each written down once; a negative one corrects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import local_day
from ...models import Programme, ProgrammeCost
from ...session import Session
from .. import audit
from ..inserts import insert_unless_there

MOST_FEN = 10_000_000_000
"""No entry is larger, either way: a hundred million yuan for a stand is a typing error."""

OLDEST = timedelta(days=2 * 366)
"""How far back a cost may lie: what comes later belongs to a year that was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a programme cost on a Shanghai day; a negative amount corrects an earlier one. `key` names the entry."""

    key: str
    spent_on: date
    amount_fen: int
    note: str


def record_cost(session: Session, actor: Actor, now: datetime, programme: Programme, cost: Cost) -> bool:
    """Write down what a programme cost; whether it is new: an entry of the same key is there already.

    Raises Refusal: `cost_nothing`; `cost_too_large` (fact
    `most_fen`); `cost_not_yet` and `cost_too_old` (fact `first`) for a day to come or long ago; `cost_key_used` (fact
    `stored_fen`) where the key names another entry; `cost_below_zero` (fact `spent_fen`) where more would be taken
    back than was spent.
    """
    _check(local_day(now), cost.spent_on, cost.amount_fen)
    session.execute(
        select(Programme.referrer_id).where(Programme.referrer_id == programme.referrer_id).with_for_update()
    )
    told: dict[str, Any] = {"spent_on": cost.spent_on, "amount_fen": cost.amount_fen, "note": cost.note.strip()}
    named: dict[str, Any] = {"programme_id": programme.referrer_id, "key": cost.key}
    entry = insert_unless_there(
        session, ProgrammeCost, ("programme_id", "key"), **named, **told, at=now, by_id=actor.id
    )
    if entry is None:
        stored = session.scalars(select(ProgrammeCost).filter_by(**named)).one()
        if {name: getattr(stored, name) for name in told} != told:
            raise Refusal("cost_key_used", stored_fen=stored.amount_fen)
        return False
    sum_fen = spent(session, [programme.referrer_id]).get(programme.referrer_id, 0)
    if sum_fen < 0:
        raise Refusal("cost_below_zero", field="amount", spent_fen=sum_fen - cost.amount_fen)
    said = {"amount_fen": cost.amount_fen, "spent_on": cost.spent_on.isoformat()}
    audit.record(session, actor, now, "programme_cost_recorded", programme, **said)
    return True


def costs_of(programme: Programme, *, since: date | None = None, until: date | None = None) -> Select[ProgrammeCost]:
    """What was written down of the days from `since` to `until`, both counted; without an order."""
    stmt = select(ProgrammeCost).where(ProgrammeCost.programme_id == programme.referrer_id)
    if since is not None:
        stmt = stmt.where(ProgrammeCost.spent_on >= since)
    if until is not None:
        stmt = stmt.where(ProgrammeCost.spent_on <= until)
    return stmt.options(joinedload(ProgrammeCost.by))


def spent(session: Session, programme_ids: Sequence[int]) -> dict[int, int]:
    """What each of them cost in fen, corrections taken off; nothing of those without an entry."""
    sums = select(ProgrammeCost.programme_id, func.sum(ProgrammeCost.amount_fen))
    of_these = sums.where(ProgrammeCost.programme_id.in_(programme_ids))
    return {key: int(amount) for key, amount in session.execute(of_these.group_by(ProgrammeCost.programme_id))}


def _check(today: date, spent_on: date, amount_fen: int) -> None:
    if amount_fen == 0:
        raise Refusal("cost_nothing", field="amount")
    if abs(amount_fen) > MOST_FEN:
        raise Refusal("cost_too_large", field="amount", most_fen=MOST_FEN)
    if spent_on > today:
        raise Refusal("cost_not_yet", field="spent_on")
    if spent_on < today - OLDEST:
        raise Refusal("cost_too_old", field="spent_on", first=today - OLDEST)
