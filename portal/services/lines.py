"""Posting lines: whatever changes what a payee has earned, with its transfer in the ledger beside it.

A commission's delta, a fine, an adjustment by hand, a reward, the tax on it: each is a `NewLine`, and they are all
stored here, so that no line is without its transfer and no transfer without its line (rules 6.5).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commissions.ledger import accrued, counterpart, transfer

from ..access.actor import Actor
from ..models import Cause, LedgerBatch, PostedLine, payee_columns
from . import ledger


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to post: `amount_fen` (signed, not zero) for `payee` (`agency:3`), called by its unique `reference`.

    `summary` is the ledger's reason in a few words; `why` the facts that a page words. The rest is known of
    commissions only.
    """

    reference: str
    payee: str
    cause: Cause
    amount_fen: int
    summary: str
    why: dict[str, Any]
    deal_id: int | None = None
    instalment: str | None = None
    milestone_id: int | None = None
    rank: int | None = None
    window: str | None = None
    rate_bps: int | None = None
    plan_version_id: int | None = None


def post_lines(
    session: Session, actor: Actor, now: datetime, *, reference: str, lines: Sequence[NewLine]
) -> Sequence[PostedLine]:
    """Store lines and their ledger batch, called by its `reference`, in the caller's transaction.

    Take other locks before: the ledger's line comes last. Raises `ledger.ReferenceTaken`, and Refusal `empty_batch`
    without lines.
    """
    moved = [
        transfer(line.reference, counterpart(line.cause), accrued(line.payee), line.amount_fen, line.summary)
        for line in lines
    ]
    batch = ledger.post(session, actor, now, reference=reference, transfers=moved)
    rows = [_row(line, batch, now) for line in lines]
    session.add_all(rows)
    session.flush()
    return rows


def _row(line: NewLine, batch: LedgerBatch, now: datetime) -> PostedLine:
    values = asdict(line)
    del values["payee"], values["summary"]
    return PostedLine(**values, **payee_columns(line.payee), batch_id=batch.id, posted_at=now)
