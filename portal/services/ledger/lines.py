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
from ...models import (
    Cause,
    Deal,
    DealPart,
    Development,
    LedgerBatch,
    Person,
    PostedLine,
    agency_payee,
    payee_columns,
)
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
    told = deals_told(session, {(line.deal_id, line.payee) for line in lines if line.deal_id is not None})
    rows = [_row(line, batch, now, told) for line in lines]
    session.add_all(rows)
    session.flush()
    return rows


def deals_told(session: Session, about: Collection[tuple[int, str]]) -> dict[tuple[int, str], dict[str, Any]]:
    """What lines about these deals, for these payees, say of them for good: `why["deal"]`. The broker is the payee's
    own: of a deal that others have a part in, he is another one for each."""
    columns = (Deal.id, Development.name, Deal.unit, Person.name, Deal.price_fen)
    stmt = select(*columns).join(Development, Development.id == Deal.development_id)
    stmt = stmt.outerjoin(Person, Person.id == Deal.owner_id)
    shared = select(DealPart.deal_id, DealPart.agency_id, Person.name).join(Person, Person.id == DealPart.owner_id)
    asked = sorted({deal_id for deal_id, _payee in about})
    found: dict[int, dict[str, Any]] = {}
    brokers: dict[tuple[int, str], str] = {}
    for some in (asked[first : first + _ASKED_AT_ONCE] for first in range(0, len(asked), _ASKED_AT_ONCE)):
        for deal_id, development, unit, broker, price_fen in session.execute(stmt.where(Deal.id.in_(some))):
            found[deal_id] = {"development": development, "unit": unit, "broker": broker, "price_fen": price_fen}
        for deal_id, agency_id, broker in session.execute(
            shared.where(DealPart.deal_id.in_(some)).order_by(DealPart.id)
        ):
            brokers[deal_id, agency_payee(agency_id)] = broker
    return {key: found[key[0]] | ({"broker": brokers[key]} if key in brokers else {}) for key in about}


def _row(line: NewLine, batch: LedgerBatch, now: datetime, told: dict[tuple[int, str], dict[str, Any]]) -> PostedLine:
    values = asdict(line)
    del values["payee"], values["summary"]
    if line.deal_id is not None:
        values["why"]["deal"] = told[line.deal_id, line.payee]
    return PostedLine(**values, **payee_columns(line.payee), batch_id=batch.id, posted_at=now)
