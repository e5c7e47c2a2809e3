"""What is told of payouts, to whom one is to by name and to everybody else by his role; and what time alone brings."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import cast, exists, func, literal, select
from sqlalchemy.orm import joinedload

from commissions.payout import Check

from ...access.actor import SYSTEM, Actor
from ...models import Event, HoldRelease, Invoice, InvoiceState, Payout, PayoutState, PayoutStep, Statement
from ...models.base import Code
from ...rules.notifications.deadlines import HOLDS_TOLD, INVOICE, PATIENCE, Queue
from ...session import Session
from ..events.deadlines import tell_of_queue
from ..events.telling import Concerned, tell
from . import holds

_MOST = 200
"""So many of each are told of at a time; the next look goes on."""


def tell_of(session: Session, actor: Actor, now: datetime, kind: str, payout: Payout) -> None:
    """Tell of what became of a payout."""
    whom, facts = Concerned(payout.person_id, payout.agency_id), {"amount_fen": payout.amount_fen}
    tell(session, actor, now, kind, payout, whom, reference=payout.reference, **facts)


# By time alone


def tell_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell what holds payments, which of them lack an invoice, and what waits too long; how much of each."""
    return {
        "holds_told": sum(_holds(session, now, check) for check in HOLDS_TOLD),
        "accounts_to_approve_told": _holds(session, now, Check.ACCOUNT_APPROVED),
        "missing_invoices_told": _invoices(session, now),
        "late_approvals_told": _waiting(session, now, Queue.APPROVALS, PayoutState.REQUESTED),
        "late_bank_files_told": _waiting(session, now, Queue.TO_THE_BANK, PayoutState.APPROVED),
    }


def _holds(session: Session, now: datetime, check: Check) -> int:
    """The payouts that this holds, each told of once; what comes after a hold was released is told of anew."""
    released = select(func.count()).where(HoldRelease.payout_id == Payout.id, HoldRelease.hold == check)
    name = literal("payout_held:") + cast(Payout.id, Code) + literal(f":{check}:")
    once = name + cast(released.correlate(Payout).scalar_subquery(), Code)
    untold = holds.condition(now, check), ~exists().where(Event.once == once)
    rows = session.execute(select(Payout, once).where(*untold).order_by(Payout.id).limit(_MOST)).all()
    for payout, key in rows:
        whom = Concerned(payout.person_id, payout.agency_id, once=key)
        facts = {"reference": payout.reference, "amount_fen": payout.amount_fen}
        if check is Check.ACCOUNT_APPROVED:
            tell(session, SYSTEM, now, "payout_waits_anew", payout, whom, **facts)
        else:
            tell(session, SYSTEM, now, "payout_held", payout, whom, hold=str(check), lifts=str(check), **facts)
    return len(rows)


def _invoices(session: Session, now: datetime) -> int:
    """The statements whose payment waits for an invoice that an agency has not sent for days."""
    there = exists().where(Invoice.statement_id == Payout.statement_id, Invoice.state == InvoiceState.CURRENT)
    once = literal("invoice_missing:") + cast(Payout.statement_id, Code)
    late = (
        select(Payout, once)
        .join(Statement, Statement.id == Payout.statement_id)
        .where(Payout.state.in_(holds.OPEN), Payout.agency_id.is_not(None), Statement.issued_at <= now - INVOICE)
        .where(~there, ~exists().where(Event.once == once))
        .options(joinedload(Payout.statement))
    )
    rows = session.execute(late.order_by(Payout.id).limit(_MOST)).all()
    for payout, key in rows:
        whom, row = Concerned(agency=payout.agency_id, once=key), payout.statement
        tell(session, SYSTEM, now, "invoice_missing", row, whom, month=row.month, amount_fen=payout.amount_fen)
    return len(rows)


def _waiting(session: Session, now: datetime, queue: Queue, state: PayoutState) -> int:
    """What nothing holds and nobody has moved on for days."""
    since = select(func.max(PayoutStep.at)).where(PayoutStep.payout_id == Payout.id).correlate(Payout).scalar_subquery()
    waits = select(since).select_from(Payout).where(Payout.state == state, since <= now - PATIENCE[queue])
    return tell_of_queue(session, now, queue, waits.where(~holds.condition(now)))
