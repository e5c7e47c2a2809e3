"""Strikes and the freezes that three of them bring, as `commissions.penalty` counts them (rules 4.1 to 4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from commissions import penalty
from commissions.penalty import STANDARD_TERMS, Record

from ...access.actor import Actor
from ...models import Freeze, Person, Showing, Strike
from ...session import Session
from .. import audit
from ..accounts import freezes
from ..claims import decision_receipts
from ..commission.accruals import lock_agency
from ..events.telling import Concerned, tell
from . import fines


class StrikeState(StrEnum):
    """What has become of a strike."""

    COUNTS = "counts"
    CONSUMED = "consumed"
    VOIDED = "voided"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class StrikeSummary:
    """Where a broker stands: how many strikes count, how many freeze, and the freeze that ends last, if one runs."""

    counting: int
    needed: int
    first_lapses_at: datetime | None
    freeze: Freeze | None


def strike(session: Session, actor: Actor, now: datetime, showing: Showing) -> Freeze | None:
    """Record a confirmed fake showing, what it costs, and the freeze if it is the one too many (rules 4.1, 4.4)."""
    lock_agency(session, showing.agency_id)
    _stand_in_line(session, showing.broker_id)
    before = _record(session, showing.broker_id)
    row = Strike(showing=showing, broker_id=showing.broker_id, confirmed_by=actor.id, confirmed_at=now)
    session.add(row)
    audit.record(session, actor, now, "strike_confirmed", row, showing=showing.id, broker=showing.broker_id)
    tell(session, actor, now, "strike_confirmed", row, _concerned(row), appeal_until_at=penalty.appeal_until(now))
    decision_receipts.of_strike(session, now, row)
    after = penalty.confirmed(before, penalty.Strike(row.id, now))
    begun = _begin(session, actor, now, row.broker_id, before, after)
    fines.charge(session, actor, now, row)
    return begun[-1] if begun else None


def void(session: Session, actor: Actor, now: datetime, row: Strike) -> None:
    """Take a strike away after its appeal was accepted, with the freeze that lacks it and what it cost (rules 4.3).

    `commissions.penalty` says what becomes of the strikes that this freeze had consumed besides.
    """
    lock_agency(session, row.showing.agency_id)
    _stand_in_line(session, row.broker_id)
    before = _record(session, row.broker_id)
    row.voided_at = now
    audit.record(session, actor, now, "strike_voided", row, showing=row.showing_id, broker=row.broker_id)
    tell(session, actor, now, "strike_voided", row, _concerned(row))
    after = penalty.voided(before, row.id)
    if row.freeze_id is not None:
        _take_back(session, actor, now, session.get_one(Freeze, row.freeze_id))
    _begin(session, actor, now, row.broker_id, before, after)
    fines.give_back(session, actor, now, row)


def state_of(row: Strike, now: datetime) -> StrikeState:
    """Whether a strike counts at this instant, and if not, why."""
    if row.voided_at is not None:
        return StrikeState.VOIDED
    if row.freeze_id is not None:
        return StrikeState.CONSUMED
    return StrikeState.COUNTS if now < lapses_at(row) else StrikeState.LAPSED


def lapses_at(row: Strike) -> datetime:
    """The instant from which the strike no longer counts: twelve months after its confirmation."""
    return penalty.lapses_at(row.confirmed_at)


def standing(session: Session, broker_id: int, now: datetime) -> StrikeSummary:
    """Where the broker stands at this instant."""
    counting = penalty.counting(_record(session, broker_id).free, now)
    return StrikeSummary(
        counting=len(counting),
        needed=STANDARD_TERMS.strikes,
        first_lapses_at=penalty.lapses_at(counting[0].confirmed_at) if counting else None,
        freeze=freezes.running(session, broker_id, now),
    )


def _stand_in_line(session: Session, broker_id: int) -> None:
    """Lock the broker's row, so that what is confirmed or voided at the same moment counts the other."""
    session.execute(select(Person.id).where(Person.id == broker_id).with_for_update())


def _record(session: Session, broker_id: int) -> Record:
    """The broker's record as it is stored; read anew, since it may have changed while one stood in line."""
    rows = session.scalars(
        select(Strike)
        .where(Strike.broker_id == broker_id, Strike.voided_at.is_(None))
        .order_by(Strike.freeze_id, Strike.confirmed_at, Strike.id)
        .options(selectinload(Strike.freeze))
        .execution_options(populate_existing=True)
    )
    free: list[penalty.Strike] = []
    consumed: list[penalty.Freeze] = []
    for freeze, group in groupby(rows, lambda row: row.freeze):
        strikes = [penalty.Strike(row.id, row.confirmed_at) for row in group]
        if freeze is None:
            free += strikes
        else:
            consumed.append(penalty.Freeze(freeze.starts_at, freeze.ends_at, tuple(strikes)))
    return Record(tuple(free), tuple(consumed))


def _begin(
    session: Session, actor: Actor, now: datetime, broker_id: int, before: Record, after: Record
) -> Sequence[Freeze]:
    """Store the freezes that the record has gained; they may have begun, or even ended, before now."""
    return [_freeze(session, actor, now, broker_id, due) for due in after.freezes if due not in before.freezes]


def _freeze(session: Session, actor: Actor, now: datetime, broker_id: int, due: penalty.Freeze) -> Freeze:
    row = Freeze(broker_id=broker_id, starts_at=due.starts_at, ends_at=due.ends_at)
    session.add(row)
    session.flush()
    ids = [one.strike_id for one in due.strikes]
    session.execute(update(Strike).where(Strike.id.in_(ids)).values(freeze_id=row.id))
    until = due.ends_at.isoformat()
    audit.record(session, actor, now, "account_frozen", row, broker=broker_id, until=until, strikes=ids)
    tell(session, actor, now, "account_frozen", row, _broker(session, broker_id), until_at=due.ends_at)
    return row


def _take_back(session: Session, actor: Actor, now: datetime, freeze: Freeze) -> None:
    """A freeze that lacks a strike was never deserved: it ends if it still runs, and its other strikes are free."""
    freeze.undeserved_at = now
    if now < freeze.ends_at:
        freeze.lifted_at = now
    audit.record(session, actor, now, "freeze_undeserved", freeze, broker=freeze.broker_id)
    if freeze.lifted_at is not None:
        tell(session, actor, now, "freeze_lifted", freeze, _broker(session, freeze.broker_id))
    others = update(Strike).where(Strike.freeze_id == freeze.id, Strike.voided_at.is_(None))
    session.execute(others.values(freeze_id=None))


def _concerned(row: Strike) -> Concerned:
    """Whom a strike concerns: its broker, and the agency for which the client was shown round."""
    return Concerned(row.broker_id, row.showing.agency_id, row.showing.development_id)


def _broker(session: Session, broker_id: int) -> Concerned:
    """A broker with the agency of now: a freeze is of the account, wherever the strikes come from."""
    return Concerned(broker_id, session.get_one(Person, broker_id).agency_id)
