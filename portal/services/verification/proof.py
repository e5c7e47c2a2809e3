"""The proof that the ledger holds: the chain recomputed, and what stands beside it held against it.

Reads everything and posts nothing (rules 6.5).
"""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, or_, select

from commissions.ledger import COUNTERPARTS, EXPENSE, Batch, Block, Fault, Transfer, first_fault

from ...adapters.storage.files import Files
from ...models import FactEntry, LedgerBatch, LedgerTransfer, PostedLine
from ...session import Session
from .. import facts
from ..ledger import balances, trail
from ..statements import papers as statement_papers
from . import account_checks, fact_checks, fine_checks, payout_checks, period_checks, rating_checks, settlement_checks

_CHUNK = 2_000


Progress = Callable[[], object]
"""Called for every step of a verification."""


def quiet() -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify_ledger` went through, and the first thing that was wrong (None: all of it holds).

    `head` is the last block's hash (empty: there is none): who keeps it elsewhere can tell later that every block up
    to it is still the one that was there. `facts` and `facts_head` are the same of the register of facts.
    """

    head: str
    facts_head: str
    batches: int
    facts: int
    transfers: int
    turnover_fen: int
    lines: int
    fault: Fault | None


def steps(session: Session, *, with_files: bool = False) -> int:
    """How many steps a verification goes through, the kept papers among them or not."""
    blocks = session.scalar(select(func.count(LedgerBatch.id))) or 0
    papers = statement_papers.count(session) if with_files else 0
    return len(CHECKS) + blocks + len(rating_checks.chunks(session)) + papers


def kept_fault(session: Session, number: int, digest: str) -> Fault | None:
    """A block that is not the one whose hash was kept: the chain was made anew from there or before (`rewritten`)."""
    there = session.scalar(select(LedgerBatch.hash).where(LedgerBatch.id == number))
    return None if there == digest else Fault(number, "rewritten")


def kept_fact_fault(session: Session, number: int, digest: str) -> Fault | None:
    """The same of an entry of the register of facts (`facts_rewritten`)."""
    there = session.scalar(select(FactEntry.hash).where(FactEntry.id == number))
    return None if there == digest else Fault(number, "facts_rewritten")


def holds(session: Session, digest: str) -> bool:
    """Whether a block, or an entry of the register of facts, with this hash is in its chain."""
    block = session.scalar(select(LedgerBatch.id).where(LedgerBatch.hash == digest))
    return block is not None or session.scalar(select(FactEntry.id).where(FactEntry.hash == digest)) is not None


def blocks_after(session: Session, number: int) -> int:
    """How many blocks were posted after this one."""
    return session.scalar(select(func.count(LedgerBatch.id)).where(LedgerBatch.id > number)) or 0


def verify_ledger(session: Session, progress: Progress = quiet, files: Files | None = None) -> Verification:
    """Recompute the whole chain and hold what stands beside the ledger against it; stop at the first fault.

    The session should see one instant (`Database.snapshot`): what is posted between two checks would look like a
    fault. `progress` is told of every block, of every check, of every chunk of agencies that was rated, and of every
    kept paper, as it is gone through. With `files` the papers are held against their digests too.
    """
    facts.enter(session)  # what a writing session has not committed yet is entered like the rest
    batches, lines = (session.scalar(select(func.count(model.id))) or 0 for model in (LedgerBatch, PostedLine))
    transfers, turnover_fen = session.execute(
        select(func.count(LedgerTransfer.id), func.coalesce(func.sum(LedgerTransfer.amount_fen), 0))
    ).one()
    fault = chain_fault(session, progress) or _first(session, progress) or rating_checks.rating_fault(session, progress)
    if fault is None and files is not None:
        fault = statement_papers.paper_fault(session, files, progress)
    last, entry = trail.head(session), facts.head(session)
    return Verification(
        head=last.digest if last else "",
        facts_head=entry.hash if entry else "",
        batches=batches,
        facts=entry.number if entry else 0,
        transfers=transfers,
        turnover_fen=int(turnover_fen),
        lines=lines,
        fault=fault,
    )


def _first(session: Session, progress: Progress) -> Fault | None:
    for check in CHECKS:
        found = check(session)
        if found is not None:
            return found
        progress()
    return None


def chain_fault(session: Session, progress: Progress = quiet) -> Fault | None:
    """A batch that was changed, dropped, added or moved: its digest or its place in the chain is wrong."""
    with closing(_stored_batches(session, progress)) as batches:
        return first_fault(batches)


def _line_fault(session: Session) -> Fault | None:
    """A line without exactly its transfer in its own batch (`line`)."""
    line, t = PostedLine, LedgerTransfer
    payer, account = _counterpart(), literal("accrued:") + line.payee
    right: ColumnElement[bool] = or_(
        and_(line.amount_fen == t.amount_fen, t.debit == payer, t.credit == account),
        and_(line.amount_fen == -t.amount_fen, t.debit == account, t.credit == payer),
    )
    beside = and_(t.reference == line.reference, t.batch_id == line.batch_id, right)
    row = session.execute(
        select(line.batch_id, line.reference).outerjoin(t, beside).where(t.id.is_(None)).order_by(line.id).limit(1)
    ).first()
    return None if row is None else Fault(row[0], "line", row[1])


def _counterpart() -> ColumnElement[str]:
    """`commissions.ledger.counterpart` of a line's cause, for the database."""
    return case(COUNTERPARTS, value=PostedLine.cause, else_=EXPENSE)


def _transfer_fault(session: Session) -> Fault | None:
    """A transfer between a payee's accrued sum and what pays it that belongs to no line (`transfer`)."""
    line, t = PostedLine, LedgerTransfer
    payers = (EXPENSE, *COUNTERPARTS.values())
    row = session.execute(
        select(t.batch_id, t.reference)
        .outerjoin(line, and_(line.batch_id == t.batch_id, line.reference == t.reference))
        .where(or_(t.debit.in_(payers), t.credit.in_(payers)), line.id.is_(None))
        .order_by(t.id)
        .limit(1)
    ).first()
    return None if row is None else Fault(row[0], "transfer", row[1])


def _repeated_fault(session: Session) -> Fault | None:
    """A reference that was posted twice, although the table does not let it be (`reference`)."""
    t = LedgerTransfer
    again = select(func.max(t.batch_id), t.reference).group_by(t.reference).having(func.count() > 1)
    row = session.execute(again.order_by(func.max(t.batch_id), t.reference).limit(1)).first()
    return None if row is None else Fault(row[0], "reference", row[1])


CHECKS: tuple[Callable[[Session], Fault | None], ...] = (
    _line_fault,
    _transfer_fault,
    _repeated_fault,
    *balances.CHECKS,
    *settlement_checks.CHECKS,
    *payout_checks.CHECKS,
    *account_checks.CHECKS,
    *fine_checks.CHECKS,
    *period_checks.CHECKS,
    *fact_checks.CHECKS,
)
"""Everything that `verify_ledger` proves between the chain and the rating, in its order."""


def _stored_batches(session: Session, progress: Progress) -> Generator[Batch]:
    """The chain as it stands, read once in order, without holding it in memory."""
    b, t = LedgerBatch, LedgerTransfer
    stmt = (
        select(b.id, b.previous_hash, b.hash, t.id, t.reference, t.debit, t.credit, t.amount_fen, t.why)
        .outerjoin(t, t.batch_id == b.id)
        .order_by(b.id, t.id)
    )
    with session.execute(stmt.execution_options(yield_per=_CHUNK)) as rows:
        for block, members in groupby(rows, key=itemgetter(0, 1, 2)):
            yield Batch(Block(*block), tuple(_stored_transfer(row) for row in members if row[3] is not None))
            progress()


def _stored_transfer(row: Row[*tuple[Any, ...]]) -> Transfer:
    return Transfer(*row[4:])
