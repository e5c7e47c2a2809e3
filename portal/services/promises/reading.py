"""Promises, read: what is owed, to whom it is late, and what that comes to in each development."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...clock import local_day
from ...models import Promise, PromiseAllowance, PromiseConfirmation, PromiseEnd, ProposalState
from ...rules.promises.promise import PromiseKind, PromiseState
from ...session import Session

_ENDED = exists().where(PromiseEnd.promise_id == Promise.id)
_SHOWN = (
    joinedload(Promise.development),
    joinedload(Promise.client),
    joinedload(Promise.deal),
    joinedload(Promise.maker),
    joinedload(Promise.allowance).joinedload(PromiseAllowance.decider),
    joinedload(Promise.confirmation).joinedload(PromiseConfirmation.by),
    joinedload(Promise.end).joinedload(PromiseEnd.by),
    joinedload(Promise.end).joinedload(PromiseEnd.voucher),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFilter:
    """What the list is narrowed to; without a state to what is owed."""

    state: PromiseState | None = None
    development_id: int | None = None
    kind: PromiseKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What is owed in a development."""

    development: str
    count: int
    worth_fen: int
    late: int
    late_fen: int


def rows(
    session: Session, now: datetime, visible: Select[Promise], wanted: PromiseFilter = PromiseFilter()
) -> Sequence[Promise]:
    """The visible promises, those due first before the others; what is over, the newest first."""
    stmt = visible.where(_stands(wanted.state, local_day(now)))
    if wanted.development_id is not None:
        stmt = stmt.where(Promise.development_id == wanted.development_id)
    if wanted.kind is not None:
        stmt = stmt.where(Promise.kind == wanted.kind)
    over = wanted.state in (PromiseState.KEPT, PromiseState.WITHDRAWN, PromiseState.REFUSED)
    order = (Promise.id.desc(),) if over else (Promise.due_on, Promise.id)
    return session.scalars(stmt.options(*_SHOWN).order_by(*order)).all()


def owed(promises: Iterable[Promise], now: datetime) -> list[Owed]:
    """What these owed promises come to, development by development."""
    by_place: Mapping[str, list[Promise]] = defaultdict(list)
    for row in promises:
        by_place[row.development.name].append(row)
    today = local_day(now)
    found = []
    for name, those in sorted(by_place.items()):
        late = [row for row in those if row.due_on < today]
        found.append(
            Owed(
                development=name,
                count=len(those),
                worth_fen=sum(row.worth_fen for row in those),
                late=len(late),
                late_fen=sum(row.worth_fen for row in late),
            )
        )
    return found


def to_allow(session: Session, actor: Actor) -> int:
    """How many promises of others wait for a second person."""
    waits = PromiseAllowance.state == ProposalState.PROPOSED, PromiseAllowance.proposed_by != actor.id
    alive = ~exists().where(PromiseEnd.promise_id == PromiseAllowance.promise_id)
    return session.scalar(select(func.count()).select_from(PromiseAllowance).where(*waits, alive)) or 0


def next_ends(session: Session, deal_ids: Iterable[int], today: date) -> Mapping[int, Promise]:
    """Of each of these deals the offer that ends next: a discount or a gift that is owed."""
    offers = Promise.kind.in_([PromiseKind.DISCOUNT, PromiseKind.GIFT])
    stmt = select(Promise).where(Promise.deal_id.in_(list(deal_ids)), offers, Promise.due_on >= today, ~_ENDED)
    found: dict[int, Promise] = {}
    for row in session.scalars(stmt.order_by(Promise.due_on.desc(), Promise.id.desc())):
        if row.deal_id is not None:
            found[row.deal_id] = row
    return found


def _allowed(state: ProposalState) -> ColumnElement[bool]:
    return exists().where(PromiseAllowance.promise_id == Promise.id, PromiseAllowance.state == state)


def _stands(state: PromiseState | None, today: date) -> ColumnElement[bool]:
    """`promises.state_of`, asked of the database."""
    if state in (PromiseState.KEPT, PromiseState.WITHDRAWN):
        kept = PromiseEnd.kept if state is PromiseState.KEPT else ~PromiseEnd.kept
        return exists().where(PromiseEnd.promise_id == Promise.id, kept)
    if state is PromiseState.PROPOSED:
        return ~_ENDED & _allowed(ProposalState.PROPOSED)
    if state is PromiseState.REFUSED:
        return ~_ENDED & _allowed(ProposalState.REFUSED)
    owing = ~_ENDED & (~Promise.needs_second | _allowed(ProposalState.CONFIRMED))
    if state is None:
        return owing
    return owing & (Promise.due_on < today if state is PromiseState.LATE else Promise.due_on >= today)
