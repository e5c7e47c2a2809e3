"""Whether a broker's account is frozen (rules 4.2). It thaws by time alone, or when an appeal lifts the freeze."""

from datetime import datetime

from sqlalchemy import select

from commissions import penalty

from ...models import Freeze
from ...session import Session
from .. import timekeeping


def running(session: Session, person_id: int, now: datetime) -> Freeze | None:
    """The freeze that keeps an account frozen longest, or None when it is not frozen."""
    unlifted = select(Freeze).where(Freeze.broker_id == person_id, Freeze.lifted_at.is_(None))
    freezes = session.scalars(unlifted.order_by(Freeze.id)).all()
    return penalty.running(freezes, timekeeping.trusted(session, now)) if freezes else None


def frozen_until(session: Session, person_id: int, now: datetime) -> datetime | None:
    """When a frozen account thaws (UTC), or None when it is not frozen."""
    freeze = running(session, person_id, now)
    return freeze.ends_at if freeze else None
