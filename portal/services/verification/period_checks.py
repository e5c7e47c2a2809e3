"""Closed months, held against the ledger: what a close booked belongs to its month, and behind it stand its seals."""

from collections.abc import Callable

from sqlalchemy import and_, literal, select

from commissions.ledger import Fault

from ...models import AuditEntry, LedgerBatch, LedgerTransfer, Period, PeriodState, Statement, WindowSeal
from ...session import Session

_BESIDE = 0
"""The number of a fault that is in no block, as in `settlement_checks`."""


def period_fault(session: Session) -> Fault | None:
    """A block that a close is said to have written, and no month was being closed (`period`)."""
    batch = LedgerBatch
    of_month = batch.reference.startswith(literal("close:") + Period.month + ":")
    begun = and_(of_month, Period.state != PeriodState.OPEN)
    stray = select(batch.id, batch.reference).outerjoin(Period, begun)
    row = session.execute(
        stray.where(batch.reference.startswith("close:"), Period.id.is_(None)).order_by(batch.id).limit(1)
    ).first()
    return None if row is None else Fault(row[0], "period", row[1])


def seal_fault(session: Session) -> Fault | None:
    """A statement that a close issued to an agency whose month is not sealed (`seal`)."""
    t, batch, seal = LedgerTransfer, LedgerBatch, WindowSeal
    sealed = and_(seal.agency_id == Statement.agency_id, seal.label == Statement.month)
    number = session.scalar(
        select(Statement.number)
        .join(t, t.reference == literal("statement:") + Statement.number)
        .join(batch, batch.id == t.batch_id)
        .outerjoin(seal, sealed)
        .where(batch.reference.startswith("close:"), seal.id.is_(None))
        .order_by(Statement.id)
        .limit(1)
    )
    return None if number is None else Fault(_BESIDE, "seal", number)


def closing_fault(session: Session) -> Fault | None:
    """A closed month whose instant, which seals its windows for everybody, is not the one that was written down as it
    was closed (`closing`)."""
    entry = AuditEntry
    noted = and_(
        entry.action == "period_closed",
        entry.subject_kind == Period.__tablename__,
        entry.subject_id == Period.id,
        entry.at == Period.closed_at,
    )
    month = session.scalar(
        select(Period.month)
        .outerjoin(entry, noted)
        .where(Period.state == PeriodState.CLOSED, entry.id.is_(None))
        .order_by(Period.month)
        .limit(1)
    )
    return None if month is None else Fault(_BESIDE, "closing", month)


CHECKS: tuple[Callable[[Session], Fault | None], ...] = (period_fault, seal_fault, closing_fault)
"""What is proven of closed months, in its order."""
