"""Taking a walk-in back that was signed in by mistake: by another row, a receipt and a line in the log (rules 2.7).

The touch ends at that instant, so whom it kept out may come: who was refused meanwhile is told so. A correction is this
and a new sign-in, in one transaction.
"""

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Deal, Outcome, Person, Registration, Touch, TouchKind, WalkInWithdrawal
from ...rules.registrations.registration import ClaimFacts, refuse_walk_in_undo
from ...session import Session
from .. import audit
from ..claims import decision_receipts
from ..events.telling import Concerned, tell


def refusal_of(session: Session, now: datetime, touch: Touch) -> Refusal | None:
    """Why this walk-in cannot be taken back now, or None."""
    holds = touch.kind is TouchKind.WALK_IN and touch.retired_at is None
    sold = select(exists().where(Deal.client_id == touch.client_id, Deal.development_id == touch.development_id))
    return refuse_walk_in_undo(now, ClaimFacts(touch.at, holds, bool(session.scalar(sold))))


def withdraw(session: Session, actor: Actor, now: datetime, touch: Touch) -> WalkInWithdrawal:
    """Take a walk-in back, whichever colleague signed it in. Raises Refusal: those of `refuse_walk_in_undo`."""
    lock = select(Touch).where(Touch.id == touch.id).with_for_update(of=Touch)
    touch = session.scalars(lock.execution_options(populate_existing=True)).one()
    if refusal := refusal_of(session, now, touch):
        raise refusal
    touch.retired_at = touch.protected_until = now
    row = WalkInWithdrawal(touch=touch, person=session.get_one(Person, actor.id), at=now)
    session.add(row)
    decision_receipts.of_walk_in_withdrawal(session, now, row)
    audit.record(session, actor, now, "walk_in_withdrawn", touch)
    for kept_out in _kept_out(session, touch):
        whom = Concerned(kept_out.carer.id, kept_out.agency_id, kept_out.development_id)
        tell(session, actor, now, "client_free_again", kept_out, whom)
    return row


def _kept_out(session: Session, touch: Touch) -> list[Registration]:
    """Whom the slip harmed: registrations that were refused for it, and those that wait for their first visit."""
    refused = (Registration.outcome == Outcome.REFUSED) & (Registration.code == "walked_in_first")
    waits = Registration.touch.has(Touch.holds_from.is_(None) & Touch.retired_at.is_(None))
    stmt = select(Registration).where(
        Registration.development_id == touch.development_id,
        Registration.client_id == touch.client_id,
        or_(refused & (Registration.at >= touch.at), waits),
    )
    loaded = joinedload(Registration.broker), joinedload(Registration.successor)
    return list(session.scalars(stmt.options(*loaded).order_by(Registration.id)))
