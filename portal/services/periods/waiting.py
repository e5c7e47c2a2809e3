"""What time alone brings to months: one that is over can be closed, or something holds it back; finance is told."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import exists, select

from ...access.actor import SYSTEM
from ...clock import local_day, month_end
from ...models import Event, PostedLine
from ...rules.notifications.deadlines import hour_of_queues
from ...rules.periods.close import Weight
from ...session import Session
from ..events.telling import Concerned, tell
from . import periods


def sweep_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell once that a month is ready to be closed, and once a day what keeps it from that."""
    month = periods.next_to_close(session, now)
    if month_end(month) > now or not hour_of_queues(now):
        return {"months_told": 0}
    ready, blocked = f"month_ready:{month}", f"month_is_blocked:{month}:{local_day(now)}"
    told = session.scalar(select(exists().where(Event.once.in_([ready, blocked]))))
    if told or session.scalar(select(PostedLine.id).limit(1)) is None:
        return {"months_told": 0}
    blocking = sum(1 for one in periods.missing(session, now, month) if one.weight is Weight.BLOCKS and one.count)
    if blocking:
        tell(session, SYSTEM, now, "month_is_blocked", "portal", Concerned(once=blocked), month=month, count=blocking)
    else:
        tell(session, SYSTEM, now, "month_ready", "portal", Concerned(once=ready), month=month)
    return {"months_told": 1}
