"""Posting lines: whatever changes what a payee has earned, with its transfer in the ledger beside it.

A commission's delta, a fine, an adjustment by hand, a reward, the tax on it: each is a `NewLine`, and they are all
stored here, so that no line is without its transfer and no transfer without its line (rules 6.5).
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from commissions.ledger import accrued, counterpart, transfer

from ...access.actor import Actor
from ...models import Cause, Deal, Development, LedgerBatch, Person, PostedLine, payee_columns
from ...session import Session
from . import posting

_ASKED_AT_ONCE = 10_000


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

    Take other locks before: the ledger's line comes last. Raises `posting.ReferenceTaken`, and Refusal `empty_batch`
    without lines.
    """
    moved = [
        transfer(line.reference, counterpart(line.cause), accrued(line.payee), line.amount_fen, line.summary)
        for line in lines
    ]
    batch = posting.post(session, actor, now, reference=reference, transfers=moved)
    told = deals_told(session, {line.deal_id for line in lines if line.deal_id is not None})
    rows = [_row(line, batch, now, told) for line in lines]
    session.add_all(rows)
    session.flush()
    return rows


def deals_told(session: Session, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What lines about these deals say of them for good, by the deal's id: `why["deal"]`."""
    columns = (Deal.id, Development.name, Deal.unit, Person.name, Deal.price_fen)
    stmt = select(*columns).join(Development, Development.id == Deal.development_id)
    stmt = stmt.outerjoin(Person, Person.id == Deal.owner_id)
    asked = sorted(ids)
    chunks = (asked[first : first + _ASKED_AT_ONCE] for first in range(0, len(asked), _ASKED_AT_ONCE))
    return {
        deal_id: {"development": development, "unit": unit, "broker": broker, "price_fen": price_fen}
        for some in chunks
        for deal_id, development, unit, broker, price_fen in session.execute(stmt.where(Deal.id.in_(some)))
    }


def _row(line: NewLine, batch: LedgerBatch, now: datetime, told: dict[int, dict[str, Any]]) -> PostedLine:
    values = asdict(line)
    del values["payee"], values["summary"]
    if line.deal_id is not None:
        values["why"]["deal"] = told[line.deal_id]
    return PostedLine(**values, **payee_columns(line.payee), batch_id=batch.id, posted_at=now)
