"""The ledger as it rests: batches of transfers behind one chain of hashes.

Posting is idempotent by its reference and serialised at the chain's head, so that the number of a batch has no
gaps and no two batches name the same one before them (rules 6.5). `commissions.ledger` knows how a transfer
balances and how a block is hashed; here it meets the tables. That it holds is proved by `verification.proof`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from commissions.ledger import Transfer, chain

from ...access.actor import Actor
from ...models import LedgerBatch, LedgerTransfer
from ...session import Session
from ..bulk import insert_rows
from ..locks import wait_in_line
from . import balances as ledger_balances
from . import trail


class ReferenceTaken(ValueError):
    """A reference was used again for other transfers: a fault of the caller, for repeating is harmless."""


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
    block = chain(transfers, trail.head(session))
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


def post_many(session: Session, actor: Actor, now: datetime, *, reference: str, transfers: Sequence[Transfer]) -> int:
    """`post` for thousands of transfers, past the mapper: for a caller who posts nothing twice. The batch's id.

    A reference that is taken is an IntegrityError here. Raises Refusal `empty_batch` without transfers.
    """
    wait_in_line(session, "ledger")
    block = chain(transfers, trail.head(session))
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


def _transfer(row: LedgerTransfer) -> Transfer:
    return Transfer(row.reference, row.debit, row.credit, row.amount_fen, row.why)
