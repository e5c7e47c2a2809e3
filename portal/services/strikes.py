"""Strikes and the freezes that three of them bring, as `commissions.penalty` counts them (rules 4.1, 4.2)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from commissions import penalty
from commissions.calendar import add_months
from commissions.penalty import STANDARD_TERMS

from ..access.actor import Actor
from ..models import Freeze, Person, Showing, Strike
from . import audit, freezes


class StrikeState(StrEnum):
    """What has become of a strike."""

    COUNTS = "counts"
    CONSUMED = "consumed"
    VOIDED = "voided"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a broker stands: how many strikes count, how many freeze, and until when the account is frozen."""

    counting: int
    needed: int
    first_lapses_at: datetime | None
    frozen_until: datetime | None


def strike(session: Session, actor: Actor, now: datetime, showing: Showing) -> Freeze | None:
    """Record a confirmed fake showing, and the freeze if it is the one too many.

    The broker's row is locked, so that strikes confirmed at the same moment count each other.
    """
    session.execute(select(Person.id).where(Person.id == showing.broker_id).with_for_update())
    row = Strike(showing_id=showing.id, broker_id=showing.broker_id, confirmed_by=actor.id, confirmed_at=now)
    session.add(row)
    audit.record(session, actor, now, "strike_confirmed", row, showing=showing.id, broker=showing.broker_id)
    due = penalty.freeze_after(_as_counted(session, showing.broker_id), now)
    return _freeze(session, actor, showing.broker_id, due, now) if due else None


def state_of(row: Strike, now: datetime) -> StrikeState:
    """Whether a strike counts at this instant, and if not, why."""
    if row.voided_at is not None:
        return StrikeState.VOIDED
    if row.freeze_id is not None:
        return StrikeState.CONSUMED
    return StrikeState.COUNTS if penalty.counting_strikes([_counted(row)], now) else StrikeState.LAPSED


def lapses_at(row: Strike) -> datetime:
    """The instant from which the strike no longer counts: twelve months after its confirmation."""
    return add_months(row.confirmed_at, STANDARD_TERMS.strike_months)


def standing(session: Session, broker_id: int, now: datetime) -> Standing:
    """Where the broker stands at this instant."""
    counting = penalty.counting_strikes(_as_counted(session, broker_id), now)
    return Standing(
        counting=len(counting),
        needed=STANDARD_TERMS.strikes,
        first_lapses_at=add_months(counting[0].confirmed_at, STANDARD_TERMS.strike_months) if counting else None,
        frozen_until=freezes.frozen_until(session, broker_id, now),
    )


def _freeze(session: Session, actor: Actor, broker_id: int, due: penalty.Freeze, now: datetime) -> Freeze:
    row = Freeze(broker_id=broker_id, starts_at=due.starts_at, ends_at=due.ends_at)
    session.add(row)
    session.flush()
    session.execute(update(Strike).where(Strike.id.in_(due.strike_ids)).values(freeze_id=row.id))
    audit.record(
        session,
        actor,
        now,
        "account_frozen",
        row,
        broker=broker_id,
        until=due.ends_at.isoformat(),
        strikes=list(due.strike_ids),
    )
    return row


def _as_counted(session: Session, broker_id: int) -> list[penalty.Strike]:
    return [_counted(row) for row in session.scalars(select(Strike).where(Strike.broker_id == broker_id))]


def _counted(row: Strike) -> penalty.Strike:
    return penalty.Strike(row.id, row.confirmed_at, row.voided_at is not None, row.freeze_id is not None)
