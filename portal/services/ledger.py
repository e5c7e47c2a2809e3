"""The ledger as it rests: batches of transfers behind one chain of hashes, and the proof that it holds.

Posting is idempotent by its reference and serialised at the chain's head, so that the number of a batch has no
gaps and no two batches name the same one before them (rules 6.5). `commissions.ledger` knows how a transfer
balances and how a block is hashed; here it meets the tables.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from commissions.ledger import COUNTERPARTS, EXPENSE, Batch, Block, Fault, Transfer, TrialRow, chain, first_fault

from ..access.actor import Actor
from ..adapters.files import Files
from ..models import AccountBalance, FactEntry, LedgerBatch, LedgerTransfer, PostedLine
from . import (
    account_checks,
    fact_checks,
    facts,
    fine_checks,
    ledger_balances,
    ledger_checks,
    payout_checks,
    period_checks,
    rating_checks,
    statement_files,
)
from .bulk import insert_rows
from .locks import wait_in_line

_CHUNK = 2_000


class ReferenceTaken(ValueError):
    """A reference was used again for other transfers: a fault of the caller, for repeating is harmless."""


Progress = Callable[[], object]
"""Called for every step of a verification."""


def quiet() -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` went through, and the first thing that was wrong (None: all of it holds).

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
    papers = statement_files.count(session) if with_files else 0
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


def post(
    session: Session, actor: Actor, now: datetime, *, reference: str, transfers: Sequence[Transfer]
) -> LedgerBatch:
    """Append one batch behind the chain's head, in the caller's transaction, and flush it.

    Posting the same batch again returns the one that is there. The head stays locked until the transaction
    ends, so take other locks before. Raises ReferenceTaken, and Refusal `empty_batch` without transfers.
    """
    wait_in_line(session, "ledger")
    there = session.scalar(select(LedgerBatch).where(LedgerBatch.reference == reference))
    if there is not None:
        if tuple(map(_transfer, there.transfers)) != tuple(transfers):
            raise ReferenceTaken(reference)
        return there
    block = chain(transfers, head(session))
    batch = LedgerBatch(
        id=block.number,
        reference=reference,
        at=now,
        actor_id=actor.person_id,
        previous_hash=block.previous,
        hash=block.digest,
        transfers=[
            LedgerTransfer(reference=t.reference, debit=t.debit, credit=t.credit, amount_fen=t.amount_fen, why=t.why)
            for t in transfers
        ],
    )
    session.add(batch)
    session.flush()
    ledger_balances.add_batch(session, batch.id)
    return batch


def post_many(
    session: Session, actor: Actor, now: datetime, *, reference: str, transfers: Sequence[Transfer]
) -> int:
    """`post` for thousands of transfers, past the mapper: for a caller who posts nothing twice. The batch's id.

    A reference that is taken is an IntegrityError here. Raises Refusal `empty_batch` without transfers.
    """
    wait_in_line(session, "ledger")
    block = chain(transfers, head(session))
    columns = ("id", "reference", "at", "actor_id", "previous_hash", "hash")
    row = (block.number, reference, now, actor.person_id, block.previous, block.digest)
    insert_rows(session, LedgerBatch, columns, [row])
    insert_rows(
        session,
        LedgerTransfer,
        ("batch_id", "reference", "debit", "credit", "amount_fen", "why"),
        ((block.number, t.reference, t.debit, t.credit, t.amount_fen, t.why) for t in transfers),
    )
    ledger_balances.add_batch(session, block.number)
    return block.number


def balances(session: Session) -> tuple[TrialRow, ...]:
    """The trial balance: every account that was touched, by its code."""
    rows = session.scalars(select(AccountBalance).order_by(AccountBalance.account))
    return tuple(TrialRow(row.account, row.debit_fen, row.credit_fen) for row in rows)


def balance(session: Session, account: str) -> int:
    """One account's balance in fen: positive when debits outweigh."""
    return ledger_balances.balance_of(session, account)


# The proof


def verify(session: Session, progress: Progress = quiet, files: Files | None = None) -> Verification:
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
    fault = (
        chain_fault(session, progress) or _first(session, progress) or rating_checks.rating_fault(session, progress)
    )
    if fault is None and files is not None:
        fault = statement_files.paper_fault(session, files, progress)
    last, entry = head(session), facts.head(session)
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
    *ledger_balances.CHECKS,
    *ledger_checks.CHECKS,
    *payout_checks.CHECKS,
    *account_checks.CHECKS,
    *fine_checks.CHECKS,
    *period_checks.CHECKS,
    *fact_checks.CHECKS,
)
"""Everything that `verify` proves between the chain and the rating, in its order."""


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


def _stored_transfer(row: Row[tuple[object, ...]]) -> Transfer:
    return Transfer(*row[4:])


def _transfer(row: LedgerTransfer) -> Transfer:
    return Transfer(row.reference, row.debit, row.credit, row.amount_fen, row.why)


def head(session: Session) -> Block | None:
    """The last block of the chain."""
    row = session.execute(
        select(LedgerBatch.id, LedgerBatch.previous_hash, LedgerBatch.hash).order_by(LedgerBatch.id.desc()).limit(1)
    ).first()
    return None if row is None else Block(*row)
