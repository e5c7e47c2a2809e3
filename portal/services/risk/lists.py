"""Flags and figures as pages read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from ...access import scope
from ...access.actor import Actor
from ...models import (
    Agency,
    Agreement,
    Deal,
    FriendVisit,
    Lead,
    Person,
    PostedLine,
    Registration,
    RiskFlag,
    RiskStep,
    Role,
    Showing,
    Touch,
    agency_payee,
    person_payee,
    waits_for_us,
)
from ...rules.risk import figures
from ...rules.risk.figures import Facts, Figure, Party, Reading, Row
from ...rules.risk.flag import FlagState
from ...session import Session
from .. import contacts
from . import facts, limits
from .facts import Asked

OURS, ALL = "ours", "all"
"""Filters of the list beside the states: what waits for us, and everything."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of flags shows."""

    state: str = OURS
    figure: Figure | None = None
    development_id: int | None = None
    party: Party | None = None


def flags(actor: Actor, wanted: Wanted) -> Select[RiskFlag]:
    """The flags that the actor may see, with what a list shows."""
    of = RiskFlag
    stmt = scope.visible(actor, of).options(joinedload(of.development), joinedload(of.agency), joinedload(of.person))
    if wanted.figure is not None:
        stmt = stmt.where(of.figure == wanted.figure)
    if wanted.development_id is not None:
        stmt = stmt.where(of.development_id == wanted.development_id)
    if wanted.party is not None:
        stmt = stmt.where(*_of(wanted.party))
    return stmt.where(*_in_state(wanted.state))


def _of(party: Party) -> list[ColumnElement[bool]]:
    """A person's flags; an agency's with those of its brokers."""
    if party.person_id is not None:
        return [RiskFlag.person_id == party.person_id]
    return [RiskFlag.agency_id == party.agency_id]


def _in_state(state: str) -> list[ColumnElement[bool]]:
    if state == OURS:
        return [waits_for_us()]
    return [RiskFlag.state == state] if state in set(FlagState) else []


def to_decide(actor: Actor) -> Select[RiskFlag]:
    """The flags that wait for the actor: of the staff those that it is our turn at, of a partner his questions."""
    turn = waits_for_us() if actor.staff else RiskFlag.state == FlagState.ASKED
    return scope.visible(actor, RiskFlag).where(turn)


def with_steps(session: Session, flag: RiskFlag) -> Sequence[RiskStep]:
    """All that was done about a flag, the oldest first."""
    stmt = select(RiskStep).where(RiskStep.flag_id == flag.id).order_by(RiskStep.id)
    return session.scalars(stmt.options(joinedload(RiskStep.by), selectinload(RiskStep.showing))).all()


# Figures of one partner


def figures_of(session: Session, now: datetime, asked: Asked) -> dict[int, list[Reading]]:
    """Every figure of a partner by development, over its limit or not."""
    held = limits.in_force(session)
    found: Mapping[int, Facts] = facts.load(session, now, asked)
    return {place: list(figures.read(known, held, now)) for place, known in found.items()}


def party_of(owner: Agency | Person) -> Party:
    """A partner as figures know him; a principal is his agency."""
    if isinstance(owner, Agency):
        return Party(None, owner.id)
    return Party(owner.id, None if owner.role is Role.REFERRER else owner.agency_id)


def posted_fen(session: Session, flag: RiskFlag, deals: Sequence[Deal]) -> int:
    """What was posted to the partner for these deals."""
    if not deals:
        return 0
    payee = agency_payee(flag.agency_id) if flag.agency_id is not None else person_payee(flag.person_id or 0)
    keys = [deal.id for deal in deals]
    stmt = select(func.sum(PostedLine.amount_fen)).where(PostedLine.payee == payee, PostedLine.deal_id.in_(keys))
    return session.scalar(stmt) or 0


# Evidence


@dataclass(frozen=True, slots=True)
class Piece:
    """A row that a flag rests on: when, whose client (masked), and its number; `name` of a partner."""

    row: Row
    at: datetime | None = None
    client: str = ""
    name: str = ""


def evidence(session: Session, flag: RiskFlag) -> list[Piece]:
    """The rows that a flag rests on, as they are named on its page, in as many queries as there are tables."""
    found: dict[Row, Piece] = {}
    for table in {row.table for row in flag.rows}:
        keys = [row.id for row in flag.rows if row.table == table]
        for piece in _pieces(session, table, keys):
            found[piece.row] = piece
    return [found.get(row, Piece(row)) for row in flag.rows]


def _pieces(session: Session, table: str, keys: Sequence[int]) -> list[Piece]:
    if table == facts.AGENCY:
        named: Select[Any, Any] = select(Agency.id, Agency.name).where(Agency.id.in_(keys))
    elif table == facts.PERSON:
        named = select(Person.id, Person.name).where(Person.id.in_(keys))
    elif table == facts.AGREEMENT:
        named = select(Agreement.id, Agency.name).join(Agreement.agency).where(Agreement.id.in_(keys))
    else:
        return _of_clients(session, table, keys)
    return [Piece(Row(table, key), name=name) for key, name in session.execute(named)]


def _of_clients(session: Session, table: str, keys: Sequence[int]) -> list[Piece]:
    model: Any = {facts.REGISTRATION: Registration, facts.LEAD: Lead}.get(table)
    if model is not None:
        rows = session.scalars(select(model).where(model.id.in_(keys)).options(joinedload(model.client)))
        return [Piece(Row(table, one.id), one.at, contacts.masked_phone(session, one)) for one in rows]
    model = Showing if table == facts.SHOWING else FriendVisit
    clients = joinedload(model.touch).joinedload(Touch.client)
    rows = session.scalars(select(model).where(model.id.in_(keys)).options(clients))
    return [Piece(Row(table, one.id), one.at, contacts.open_phone(session, one.touch.client).masked) for one in rows]
