"""From a balance back to its reasons: an account's transfers, and the line, statement or payout behind each.

A transfer's reference says what caused it; here references are resolved a page at a time, one query a kind.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from ..access import scope
from ..access.actor import Actor
from ..models import (
    Agency,
    LedgerBatch,
    LedgerTransfer,
    Payout,
    Person,
    PostedLine,
    Statement,
    agency_payee,
    person_payee,
)

_STEPS = ("export:", "paid:", "failed:", "returned:")
"""How the references of a payout's transfers begin."""


class SourceKind(StrEnum):
    """What a transfer was posted for."""

    LINE = "line"
    STATEMENT = "statement"
    PAYOUT = "payout"


@dataclass(frozen=True, slots=True)
class Source:
    """The record that a transfer was posted for."""

    kind: SourceKind
    id: int


def transfers(actor: Actor, account: str) -> Select[tuple[LedgerTransfer]]:
    """An account's transfers, on either side, each with its batch."""
    touches = or_(LedgerTransfer.debit == account, LedgerTransfer.credit == account)
    return scope.visible(actor, LedgerTransfer).where(touches).options(joinedload(LedgerTransfer.batch))


def transfers_of(session: Session, batch: LedgerBatch) -> list[LedgerTransfer]:
    """A batch's transfers, in the order of its hash."""
    stmt = select(LedgerTransfer).where(LedgerTransfer.batch_id == batch.id).order_by(LedgerTransfer.id)
    return list(session.scalars(stmt))


def sources(session: Session, shown: Iterable[LedgerTransfer]) -> Mapping[str, Source]:
    """What each of these transfers was posted for, by its reference; a reference of no known kind is left out."""
    references = [transfer.reference for transfer in shown]
    return {
        **_lines(session, references),
        **_statements(session, [one for one in references if one.startswith("statement:")]),
        **_payouts(session, [one for one in references if one.startswith(_STEPS)]),
    }


def payee_names(session: Session) -> Mapping[str, str]:
    """Whose accounts they are, by payee: every agency, and the persons that a line was posted for."""
    agencies = {agency_payee(key): name for key, name in session.execute(select(Agency.id, Agency.name))}
    paid = select(PostedLine.person_id).where(PostedLine.person_id.is_not(None))
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(paid)))
    return agencies | {person_payee(key): name for key, name in people}


def _lines(session: Session, references: list[str]) -> dict[str, Source]:
    rows = session.execute(select(PostedLine.id, PostedLine.reference).where(PostedLine.reference.in_(references)))
    return {reference: Source(SourceKind.LINE, key) for key, reference in rows}


def _statements(session: Session, references: list[str]) -> dict[str, Source]:
    numbers = [one.split(":", 1)[1] for one in references]
    rows = session.execute(select(Statement.id, Statement.number).where(Statement.number.in_(numbers)))
    return {f"statement:{number}": Source(SourceKind.STATEMENT, key) for key, number in rows}


def _payouts(session: Session, references: list[str]) -> dict[str, Source]:
    wanted = {one.split(":", 1)[1] for one in references}
    rows = session.execute(select(Payout.reference, Payout.id).where(Payout.reference.in_(wanted)))
    ids = {row.reference: row.id for row in rows}
    named = ((one, ids.get(one.split(":", 1)[1])) for one in references)
    return {one: Source(SourceKind.PAYOUT, key) for one, key in named if key is not None}
