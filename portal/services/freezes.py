"""Whether a broker's account is frozen (rules 4.2)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions import penalty

from ..models import Freeze


def frozen_until(session: Session, person_id: int, now: datetime) -> datetime | None:
    """When a frozen account thaws (UTC; the latest end where freezes overlap), or None when it is not frozen.

    A freeze that was lifted after an appeal no longer counts.
    """
    rows = session.execute(
        select(Freeze.starts_at, Freeze.ends_at).where(Freeze.broker_id == person_id, Freeze.lifted_at.is_(None))
    )
    return penalty.frozen_until([penalty.Freeze(starts_at, ends_at, ()) for starts_at, ends_at in rows], now)
