"""From a balance back to its reasons: an account's transfers, and the line, statement or payout behind each.

A transfer's reference says what caused it; here references are resolved a page at a time, one query a kind.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from commissions.ledger import Block

from ...access import scope
from ...access.actor import Actor
from ...clock import local_day, month_end, month_of, month_start
from ...models import (
    AccountBalance,
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
from ...session import Session
from . import balances
from .balances import EVER, Span

_OF_PAYOUTS = ("export", "paid", "failed", "returned")
STEPS = ("statement", *_OF_PAYOUTS)
"""How the references of transfers begin that belong to no line: a statement that books, and a payout's steps."""
_AT_ONCE = 500
"""Names that are asked for in one query."""
_LOOKED_BACK = 2_000
"""So many transfers are gone through to tell what an account held after one of them."""
_PREFIXES = tuple(f"{step}:" for step in _OF_PAYOUTS)


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


@dataclass(frozen=True, slots=True)
class TransferFilter:
    """How an account's transfers are narrowed: a span of time, words of the reference, why, the account opposite.

    `why` is a line's cause or a step of `STEPS`.
    """

    span: Span = EVER
    reference: str = ""
    why: str = ""
    other: str = ""


ALL = TransferFilter()
"""Every transfer."""


@dataclass(frozen=True, slots=True)
class MonthSums:
    """What a month debited and credited an account, and what it held at its end, in fen."""

    month: str
    debit_fen: int
    credit_fen: int
    balance_fen: int

    @property
    def last_day(self) -> date:
        return local_day(month_end(self.month) - timedelta(days=1))


def transfers(actor: Actor, account: str, wanted: TransferFilter = ALL) -> Select[LedgerTransfer]:
    """An account's transfers, on either side, each with its batch."""
    t = LedgerTransfer
    stmt = scope.visible(actor, t).where(_touches(account)).options(joinedload(t.batch))
    if not wanted.span.whole:
        stmt = stmt.join(t.batch).where(*balances.within(wanted.span))
    if wanted.reference:
        stmt = stmt.where(t.reference.icontains(wanted.reference, autoescape=True))
    if wanted.other:
        stmt = stmt.where(_touches(wanted.other))
    if wanted.why in STEPS:
        return stmt.where(t.reference.startswith(f"{wanted.why}:"))
    if wanted.why:
        stmt = stmt.join(PostedLine, PostedLine.reference == t.reference).where(PostedLine.cause == wanted.why)
    return stmt


def running(session: Session, account: str, shown: Sequence[LedgerTransfer]) -> Mapping[int, int]:
    """What the account held after each of these transfers, in fen, by the transfer's id.

    Every transfer of the account counts, also those that a filter leaves out; newest first, as lists show them. Nothing
    where too many have come since: then a page would cost the account's history, and its months say what it held.
    """
    if not shown:
        return {}
    since = _movements(session, account, shown[-1].id)
    if since is None:
        return {}
    held, found = balances.balance_of(session, account), {}
    for key, fen in since:
        found[key] = held
        held -= fen
    return {one.id: found[one.id] for one in shown}


def _movements(session: Session, account: str, oldest: int) -> Sequence[tuple[int, int]] | None:
    """An account's transfers from this one on, newest first, as the account sees them; None where they are too many.

    The two sides are asked for apart, so that each is found by its index.
    """
    t = LedgerTransfer
    asked = (
        select(t.id, fen).where(side == account, t.id >= oldest).order_by(t.id.desc()).limit(_LOOKED_BACK + 1)
        for side, fen in ((t.debit, t.amount_fen), (t.credit, -t.amount_fen))
    )
    rows = [(key, int(fen)) for stmt in asked for key, fen in session.execute(stmt)]
    return sorted(rows, reverse=True) if len(rows) <= _LOOKED_BACK else None


def months(session: Session, account: str, now: datetime, most: int = 24) -> list[MonthSums]:
    """An account month by month of Asia/Shanghai, the latest first; so many months at most."""
    last, found = month_of(now), []
    for _ in range(most):
        found.append((last, month_start(last), month_end(last)))
        last = month_of(month_start(last) - timedelta(days=1))
    named = case(*((LedgerBatch.at >= start, literal(month)) for month, start, _end in found))
    t = LedgerTransfer
    debit = func.sum(case((t.debit == account, t.amount_fen), else_=0))
    rows = session.execute(
        select(named, debit, func.sum(t.amount_fen) - debit)
        .join(LedgerBatch, LedgerBatch.id == t.batch_id)
        .where(_touches(account), LedgerBatch.at >= found[-1][1])
        .group_by(named)
    )
    held, sums = balances.balance_of(session, account), []
    for month, debit_fen, credit_fen in sorted(rows, reverse=True):
        sums.append(MonthSums(month, int(debit_fen), int(credit_fen), held))
        held -= int(debit_fen) - int(credit_fen)
    return sums


def newest(account: str, before: int | None, most: int) -> ColumnElement[bool]:
    """An account's newest transfers before one, by two walks along an index; both sides in one would sort them all."""
    t = LedgerTransfer
    earlier = [] if before is None else [t.id < before]
    walks = [
        select(t.id).where(side == account, *earlier).order_by(t.id.desc()).limit(most).subquery()
        for side in (t.debit, t.credit)
    ]
    return t.id.in_(union_all(*(select(walk.c.id) for walk in walks)))


def _touches(account: str) -> ColumnElement[bool]:
    return or_(LedgerTransfer.debit == account, LedgerTransfer.credit == account)


def transfers_of(actor: Actor, batch: LedgerBatch) -> Select[LedgerTransfer]:
    """A batch's transfers; a list brings its own order."""
    return scope.visible(actor, LedgerTransfer).where(LedgerTransfer.batch_id == batch.id)


def touched(session: Session, account: str) -> bool:
    """Whether anything was ever posted to an account."""
    return session.scalar(select(AccountBalance.id).where(AccountBalance.account == account)) is not None


def sources(session: Session, shown: Iterable[LedgerTransfer]) -> Mapping[str, Source]:
    """What each of these transfers was posted for, by its reference; a reference of no known kind is left out."""
    references = [transfer.reference for transfer in shown]
    return {
        **_lines(session, references),
        **_statements(session, [one for one in references if one.startswith("statement:")]),
        **_payouts(session, [one for one in references if one.startswith(_PREFIXES)]),
    }


def payee_names(session: Session, accounts: Iterable[str]) -> Mapping[str, str]:
    """Whose accounts these are, by payee."""
    wanted: dict[str, set[int]] = {"agency": set(), "person": set()}
    for account in accounts:
        _kind, _colon, payee = account.partition(":")
        kind, _colon, key = payee.partition(":")
        if kind in wanted and key.isdecimal():
            wanted[kind].add(int(key))
    agencies, people = _names(session, Agency, wanted["agency"]), _names(session, Person, wanted["person"])
    return {agency_payee(key): name for key, name in agencies} | {person_payee(key): name for key, name in people}


def _names(session: Session, model: type[Agency | Person], keys: Collection[int]) -> Iterator[tuple[int, str]]:
    listed = sorted(keys)
    for start in range(0, len(listed), _AT_ONCE):
        some = listed[start : start + _AT_ONCE]
        yield from session.execute(select(model.id, model.name).where(model.id.in_(some)))


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


def head(session: Session) -> Block | None:
    """The last block of the chain."""
    row = session.execute(
        select(LedgerBatch.id, LedgerBatch.previous_hash, LedgerBatch.hash).order_by(LedgerBatch.id.desc()).limit(1)
    ).first()
    return None if row is None else Block(*row)
