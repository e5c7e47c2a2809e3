"""What the accounts hold: now, on a day, over a span; and which of them hold what they should not.

`AccountBalance` is kept up with every batch, so the present costs the accounts alone. A day in the past is the
present less what came after it, so it costs what was posted since and not the ledger's whole history.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from commissions.ledger import WITHHELD, Fault

from ...access import scope
from ...access.actor import Actor
from ...models import AccountBalance, Agency, LedgerBatch, LedgerTransfer, Payout, PayoutBatch, PayoutState, Person
from ...session import Session

OF_PAYEES = ("accrued", "payable", "in_transit")
"""The kinds of which every payee has an account of his own."""

_LISTED = 500
"""So many accounts are asked for by name; beyond, reading all of them is cheaper."""

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant until before another; None: without that end."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def whole(self) -> bool:
        return self.since is None and self.until is None


EVER = Span()
"""Without an end."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What an account held before a span, and what it was debited and credited in it, in fen."""

    opening_fen: int = 0
    debit_fen: int = 0
    credit_fen: int = 0

    @property
    def balance_fen(self) -> int:
        """What it holds at the span's end: positive when debits outweigh."""
        return self.opening_fen + self.debit_fen - self.credit_fen


@dataclass(frozen=True, slots=True)
class KindSums:
    """The accounts of a kind together: of how many payees, or the one account that is nobody's."""

    kind: str
    accounts: int
    sums: Sums


class Odd(StrEnum):
    """Why a balance is unusual."""

    PAYABLE_OVERDRAWN = "payable_overdrawn"
    IN_TRANSIT_OVERDRAWN = "in_transit_overdrawn"
    TAX_OVERDRAWN = "tax_overdrawn"
    IN_TRANSIT_LATE = "in_transit_late"


@dataclass(frozen=True, slots=True)
class OddBalance:
    """An account that somebody should look at. `since`: how long a sum that is late has been on its way."""

    account: str
    why: Odd
    since: datetime | None = None


# Keeping up


def add_batch(session: Session, batch_id: int) -> None:
    """Add a batch that was just posted to the balances of its accounts; only for who holds the ledger's line."""
    moved = sides(LedgerTransfer.batch_id == batch_id)
    table = AccountBalance.__table__
    new = select(moved.c.account, kind_of(moved.c.account), func.sum(moved.c.debit), func.sum(moved.c.credit))
    insert = _INSERTS[session.connection().dialect.name](table).from_select(
        ["account", "kind", "debit_fen", "credit_fen"], new.where(literal(1) == 1).group_by(moved.c.account)
    )
    added = {name: table.c[name] + insert.excluded[name] for name in ("debit_fen", "credit_fen")}
    session.execute(insert.on_conflict_do_update(index_elements=["account"], set_=added))


def sides(*which: ColumnElement[bool]) -> Subquery:
    """Transfers taken apart: one row an account that a transfer debits, and one that it credits."""
    t = LedgerTransfer
    debited = select(t.debit.label("account"), t.amount_fen.label("debit"), literal(0).label("credit"))
    credited = select(t.credit.label("account"), literal(0).label("debit"), t.amount_fen.label("credit"))
    return union_all(debited.where(*which), credited.where(*which)).subquery()


def kind_of(account: ColumnElement[str]) -> ColumnElement[str]:
    """What an account has in common with others, for the database."""
    return case(*((account.startswith(f"{kind}:"), literal(kind)) for kind in OF_PAYEES), else_=account)


# The trial balance


def by_kind(session: Session, span: Span = EVER) -> list[KindSums]:
    """The trial balance, a row a kind of account. Debits and credits of any span come to the same."""
    b = AccountBalance
    totals = select(b.kind, func.count(), func.sum(b.debit_fen), func.sum(b.credit_fen)).group_by(b.kind)
    found = {kind: (count, int(debit), int(credit)) for kind, count, debit, credit in session.execute(totals)}
    moved = _sums(session, {kind: figures[1:] for kind, figures in found.items()}, span, by_kind=True)
    return [KindSums(kind, found[kind][0], moved[kind]) for kind in sorted(found)]


def accounts(actor: Actor, kind: str, payees: Iterable[str] | None = None) -> Select[AccountBalance]:
    """The accounts of a kind; only these payees' (`agency:3`) where asked."""
    stmt = scope.visible(actor, AccountBalance).where(AccountBalance.kind == kind)
    if payees is None:
        return stmt
    return stmt.where(AccountBalance.account.in_([f"{kind}:{payee}" for payee in payees]))


def payees_named(session: Session, words: str, most: int = 200) -> list[str]:
    """The payees whose name contains these words, the first so many."""
    found: list[str] = []
    for model, kind in ((Agency, "agency"), (Person, "person")):
        named = select(model.id).where(model.name.icontains(words, autoescape=True)).order_by(model.id)
        found += [f"{kind}:{key}" for key in session.scalars(named.limit(most))]
    return found


def sums_of(session: Session, rows: Sequence[AccountBalance], span: Span = EVER) -> Mapping[str, Sums]:
    """What these accounts held and hold over a span, by account."""
    return _sums(session, {row.account: (row.debit_fen, row.credit_fen) for row in rows}, span)


def balance_of(session: Session, account: str) -> int:
    """One account's present balance in fen; 0 for one that was never touched."""
    row = session.scalar(select(AccountBalance).where(AccountBalance.account == account))
    return row.balance_fen if row is not None else 0


def kept_up_fault(session: Session) -> Fault | None:
    """A balance that is not what the account's transfers come to, or one of an account without any (`summary`)."""
    b, moved = AccountBalance, sides()
    debit_fen, credit_fen = func.sum(moved.c.debit).label("debit_fen"), func.sum(moved.c.credit).label("credit_fen")
    added = select(moved.c.account, debit_fen, credit_fen).group_by(moved.c.account).subquery()
    same = and_(
        b.account == added.c.account,
        b.debit_fen == added.c.debit_fen,
        b.credit_fen == added.c.credit_fen,
        b.kind == kind_of(added.c.account),
    )
    wrong = select(added.c.account).outerjoin(b, same).where(b.id.is_(None)).order_by(added.c.account)
    stray = select(b.account).outerjoin(added, added.c.account == b.account)  # NOT IN would read all of it a row
    stray = stray.where(added.c.account.is_(None)).order_by(b.id)
    for stmt in (wrong, stray):
        account = session.scalar(stmt.limit(1))
        if account is not None:
            return Fault(0, "summary", account)
    return None


CHECKS: tuple[Callable[[Session], Fault | None], ...] = (kept_up_fault,)
"""What is proven of the balances that are kept up."""


def _sums(
    session: Session, totals: Mapping[str, tuple[int, int]], span: Span, *, by_kind: bool = False
) -> dict[str, Sums]:
    """From all-time totals to a span: its end is the present less what came after, its beginning likewise."""
    if span.whole:
        return {key: Sums(0, *figures) for key, figures in totals.items()}
    only = None if by_kind or len(totals) > _LISTED else list(totals)
    later = _moved(session, Span(span.until), by_kind, only) if span.until is not None else {}
    inside = _moved(session, span, by_kind, only) if span.since is not None else {}
    found = {}
    for key, (debit, credit) in totals.items():
        after_debit, after_credit = later.get(key, (0, 0))
        to_debit, to_credit = debit - after_debit, credit - after_credit
        in_debit, in_credit = inside.get(key, (0, 0)) if span.since is not None else (to_debit, to_credit)
        found[key] = Sums((to_debit - in_debit) - (to_credit - in_credit), in_debit, in_credit)
    return found


def _moved(session: Session, span: Span, by_kind: bool, only: Sequence[str] | None) -> dict[str, tuple[int, int]]:
    """What was debited and credited in a span, by account (only these, where asked) or by kind."""
    b, t = LedgerBatch, LedgerTransfer
    posted = select(b.id).where(*within(span))
    which: list[ColumnElement[bool]] = [t.batch_id.in_(posted)]
    if only is not None:
        which.append(or_(t.debit.in_(only), t.credit.in_(only)))
    moved = sides(*which)
    key = kind_of(moved.c.account) if by_kind else moved.c.account
    rows = select(key, func.sum(moved.c.debit), func.sum(moved.c.credit)).group_by(key)
    return {name: (int(debit), int(credit)) for name, debit, credit in session.execute(rows)}


def within(span: Span) -> list[ColumnElement[bool]]:
    """Whether a batch was posted in a span, for the database."""
    at = LedgerBatch.at
    since = [at >= span.since] if span.since is not None else []
    return [*since, at < span.until] if span.until is not None else since


# What is unusual


def unusual(session: Session, now: datetime, *, late_days: int, most: int = 50) -> list[OddBalance]:
    """Balances that somebody should look at: an account that is owed the wrong way round, and money that has been on
    its way to the bank for longer than so many days."""
    return [*_overdrawn(session, most), *_late(session, now - timedelta(days=late_days), most)][:most]


_OVERDRAWN = {
    "payable": Odd.PAYABLE_OVERDRAWN,
    "in_transit": Odd.IN_TRANSIT_OVERDRAWN,
    WITHHELD: Odd.TAX_OVERDRAWN,
}
"""The kinds of account that are never owed to us: what each of them with a debit balance is called."""


def _overdrawn(session: Session, most: int) -> list[OddBalance]:
    b = AccountBalance
    wrong = select(b).where(b.kind.in_(_OVERDRAWN), b.debit_fen > b.credit_fen).order_by(b.id).limit(most)
    return [OddBalance(row.account, _OVERDRAWN[row.kind]) for row in session.scalars(wrong)]


def _late(session: Session, before: datetime, most: int) -> list[OddBalance]:
    first = func.min(PayoutBatch.exported_at)
    sent = (
        select(Payout.payee, first)
        .join(PayoutBatch, PayoutBatch.id == Payout.batch_id)
        .where(Payout.state == PayoutState.EXPORTED, PayoutBatch.exported_at < before)
        .group_by(Payout.payee)
        .order_by(first)
        .limit(most)
    )
    return [OddBalance(f"in_transit:{payee}", Odd.IN_TRANSIT_LATE, at) for payee, at in session.execute(sent)]
