"""Posting commission: something happens to a deal, the window is rated anew, and the difference becomes lines.

`commissions.accrual` decides; `rating_facts` reads its facts, and here its lines are stored together with one ledger
batch, in the transaction of the event that caused them. An agency's postings wait for each other, so that a delta is
always taken from what really stands in the ledger (rules 5.4).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from commissions import rating
from commissions.accrual import Cause as LineCause
from commissions.accrual import Line
from commissions.plan import Plan

from ...access.actor import Actor
from ...models import Agency, Base, Cause, Deal, Milestone, PostedLine, agency_payee
from ...session import Session
from .. import audit
from ..ledger.lines import NewLine, post_lines
from . import benefits, held, rating_facts
from .rating_facts import Book, Place
from .telling import tell_of_posting


@dataclass(frozen=True, slots=True)
class Event:
    """What causes lines: `kind` and `key` name it once and for all, `row` is what the audit log points at.

    `party`: the agency that it posts for, where it posts for others too.
    """

    kind: str
    key: str
    row: Base
    milestone_id: int | None = None
    party: int | None = None

    @classmethod
    def of_milestone(cls, milestone: Milestone) -> "Event":
        return cls("milestone", str(milestone.id), milestone, milestone.id)

    @property
    def batch(self) -> str:
        """What the ledger's batch is called: `milestone:12`, `correction:7`, `decision:5:3`."""
        return f"{self.kind}:{self.key}{self._beside}"

    def line(self, line: Line) -> str:
        """What a line is called: `line:12:3:signed`, `line:correction-7:3:signed`."""
        event = self.key if self.kind == "milestone" else f"{self.kind}-{self.key}"
        return f"line:{event}:{line.deal_id}:{line.milestone}{self._beside}"

    @property
    def _beside(self) -> str:
        return "" if self.party is None else f":{self.party}"


def post_accruals(
    session: Session, actor: Actor, now: datetime, *, deal: Deal, milestone: Milestone
) -> Sequence[PostedLine]:
    """Post what a milestone of a deal changes, for all deals of its window; nothing when it was posted already.

    A deal without an agency, or not signed yet, earns no commission.
    """
    if deal.signed_at is None:
        return ()
    posted: list[PostedLine] = []
    for agency_id in held.holders(session, deal):
        lock_agency(session, agency_id)
        book = rating_facts.open_book(session, agency_id, [Place(deal.development_id, deal.signed_at)])
        event = replace(Event.of_milestone(milestone), party=party_of(deal, agency_id))
        posted += post(session, actor, now, event, agency_id, book, book.delta())
    return posted


def party_of(deal: Deal, agency_id: int) -> int | None:
    """How an event is called for an agency that has a part of another's deal; None for the deal's own agency."""
    return None if agency_id == deal.agency_id else agency_id


def post(
    session: Session, actor: Actor, now: datetime, event: Event, agency_id: int, book: Book, lines: Sequence[Line]
) -> Sequence[PostedLine]:
    """Store an event's lines with their ledger batch, and settle the benefits of its windows.

    The caller holds the agency's lock since before he opened the book.
    """
    rows: Sequence[PostedLine] = ()
    if lines:
        kept = {deal.deal_id: int(str(deal.plan)) for deal in book.deals}
        new = [_new_line(line, event, agency_id, kept[line.deal_id]) for line in lines]
        rows = post_lines(session, actor, now, reference=event.batch, lines=new)
        total_fen = sum(line.amount_fen for line in lines)
        audit.record(session, actor, now, "commission_posted", event.row, lines=len(rows), total_fen=total_fen)
        kept_plans = {line.deal_id: book.plans[kept[line.deal_id]] for line in lines}
        tell_of_posting(session, actor, now, agency_id, lines, kept_plans)
    benefits.settle(session, actor, now, agency_id, book)
    return rows


def post_deals(
    session: Session,
    actor: Actor,
    now: datetime,
    event: Event,
    agency_id: int,
    deals: Collection[Deal],
    cause: LineCause,
) -> Sequence[PostedLine]:
    """Post what an event changes for some deals that an agency has a part of; their own later lines are of this
    cause."""
    places = {Place(deal.development_id, deal.signed_at) for deal in deals if deal.signed_at is not None}
    if not places:
        return ()
    lock_agency(session, agency_id)
    book = rating_facts.open_book(session, agency_id, sorted(places))
    return post(session, actor, now, event, agency_id, book, book.delta(cause, {deal.id for deal in deals}))


def preview_cancellation(session: Session, deal: Deal, now: datetime) -> tuple[Line, ...]:
    """The lines that cancelling a deal would post now, agency by agency. Stores nothing."""
    if deal.signed_at is None:
        return ()
    lines: list[Line] = []
    for agency_id in held.holders(session, deal):
        book = rating_facts.open_book(session, agency_id, [Place(deal.development_id, deal.signed_at)])
        deals = [one._replace(cancelled_at=now) if one.deal_id == deal.id else one for one in book.deals]
        lines += replace(book, deals=deals).delta()
    return tuple(lines)


def lock_agency(session: Session, agency_id: int) -> None:
    """Wait for whoever posts for the agency. Rows that refer to the agency are not held up by it."""
    session.execute(select(Agency.id).where(Agency.id == agency_id).with_for_update(key_share=True))


def window_deals(session: Session, agency_id: int, development_id: int, at: datetime, plan: Plan) -> list[rating.Deal]:
    """The agency's deals that a plan counts together at an instant, cancelled ones left out."""
    found = rating_facts.together(session, agency_id, Place(development_id, at), plan)
    return [deal for deal in found if deal.cancelled_at is None]


def _new_line(line: Line, event: Event, agency_id: int, plan_version_id: int) -> NewLine:
    return NewLine(
        reference=event.line(line),
        payee=agency_payee(agency_id),
        cause=Cause(line.cause),
        amount_fen=line.amount_fen,
        summary=f"{line.cause} of deal {line.deal_id} at {line.milestone}",
        why=line.facts(),
        deal_id=line.deal_id,
        instalment=line.milestone,
        milestone_id=event.milestone_id,
        rank=line.rating.rank,
        window=line.rating.window,
        rate_bps=line.rating.rate_bps,
        plan_version_id=plan_version_id,
    )
