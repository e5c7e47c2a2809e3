"""Who has not delivered: on the 3rd the channel managers are told which figures of the month before are missing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from ...access.actor import SYSTEM
from ...clock import month_of, month_start
from ...models import Development, MeasureEntry
from ...rules.measures.board import Measure
from ...rules.measures.months import late_from, missing
from ...session import Session
from ..events.telling import Concerned, tell
from ..partners import partners

_TOLD_FOR = timedelta(days=5)
"""So long after it began to be late it is told; who switches the portal on in the middle of a month is left alone."""


def tell_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell what is missing of the month before, once a month and development."""
    month = month_of(month_start(month_of(now)) - timedelta.resolution)
    if not late_from(month) <= now < late_from(month) + _TOLD_FOR:
        return {"measures_missing_told": 0}
    told = 0
    for key in sorted({key for key, _measure in not_delivered(session, month)}):
        whom = Concerned(development=key, once=f"measures {month} {key}")
        told += tell(session, SYSTEM, now, "measures_missing", session.get_one(Development, key), whom, month=month)
    return {"measures_missing_told": told}


def not_delivered(session: Session, month: str) -> Sequence[tuple[int, Measure]]:
    """Which figures of which developments that sell nobody has entered for a month."""
    delivered = session.execute(
        select(MeasureEntry.development_id, MeasureEntry.measure).where(MeasureEntry.month == month)
    )
    selling = [one.id for one in partners.open_developments(session)]
    return missing(selling, {(key, measure) for key, measure in delivered})
