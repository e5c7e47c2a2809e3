"""Promises whose day comes near, or is over, are told of: found by the sweep, told once each."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from ...access.actor import SYSTEM
from ...clock import local_day
from ...models import Promise
from ...rules.notifications.deadlines import hour_of_queues
from ...session import Session
from ..events.telling import Concerned, tell
from ..loans import terms
from . import reading


def tell_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell of owed promises `remind_days` before their day, and once they are late."""
    if not hour_of_queues(now):
        return {"promises_told": 0}
    held, today, told = terms.all_in_force(session), local_day(now), 0
    for row in reading.rows(session, now, select(Promise)):
        remind = timedelta(days=held.get(row.development_id, held[None]).remind_days)
        if row.due_on - today > remind:
            continue
        kind = "promise_late" if row.due_on < today else "promise_due"
        whom = Concerned(row.made_by, development=row.development_id, once=f"{kind}:{row.id}")
        told += tell(session, SYSTEM, now, kind, row, whom, due_on=row.due_on, worth_fen=row.worth_fen)
    return {"promises_told": told}
