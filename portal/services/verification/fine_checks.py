"""Fines, held against the strikes that they are for."""

from collections.abc import Callable

from sqlalchemy import String, and_, cast, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from commissions.ledger import Fault

from ...models import Cause, PostedLine, Showing, Strike
from ...session import Session

_BESIDE = 0
"""The number of a fault that is in no block, as in `settlement_checks`."""


def fine_fault(session: Session) -> Fault | None:
    """A fine that no strike of its agency explains, or that was not given back with a voided one, to the fen
    (`fine`)."""
    called = literal("fine:") + cast(Strike.id, String)
    charged, returned = aliased(PostedLine), aliased(PostedLine)
    wrong = (
        select(charged.reference)
        .select_from(Strike)
        .join(Showing, Showing.id == Strike.showing_id)
        .join(charged, charged.reference == called)
        .outerjoin(returned, returned.reference == called + ":returned")
        .where(
            or_(
                charged.amount_fen > 0,
                charged.agency_id != Showing.agency_id,
                and_(Strike.voided_at.is_(None), returned.id.is_not(None)),
                and_(
                    Strike.voided_at.is_not(None),
                    or_(returned.id.is_(None), returned.amount_fen != -charged.amount_fen),
                ),
            )
        )
        .order_by(charged.id)
    )
    known = union_all(select(called.label("name")), select(called + ":returned")).subquery()
    stray = select(PostedLine.reference).outerjoin(known, known.c.name == PostedLine.reference)
    stray = stray.where(PostedLine.cause == Cause.FINE, known.c.name.is_(None))
    for stmt in (wrong, stray.order_by(PostedLine.id)):
        reference = session.scalar(stmt.limit(1))
        if reference is not None:
            return Fault(_BESIDE, "fine", reference)
    return None


CHECKS: tuple[Callable[[Session], Fault | None], ...] = (fine_fault,)
"""What is proven of fines."""
