"""What is told of penalties by time alone: appeals and reviews that wait too long, and freezes that have ended."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from ...access.actor import SYSTEM
from ...models import Appeal, Event, Freeze, Showing
from ...rules.notifications.deadlines import PATIENCE, Queue
from ...session import Session
from .. import timekeeping
from ..accounts import freezes
from ..events.deadlines import tell_of_queue
from ..events.telling import Concerned, tell
from ..showings import lists
from . import appeals

_LATELY = timedelta(days=7)
"""A freeze that ended longer ago is no news: it ended before anybody was told of such things."""


def tell_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell what has come due; how much of each."""
    late = select(Appeal.filed_at).where(appeals.is_open(), Appeal.filed_at <= now - PATIENCE[Queue.APPEALS])
    return {
        "late_appeals_told": tell_of_queue(session, now, Queue.APPEALS, late),
        "late_reviews_told": tell_of_queue(session, now, Queue.REVIEWS, _reviews(session, now)),
        "ended_freezes_told": _freezes(session, now),
    }


def _reviews(session: Session, now: datetime) -> Select[datetime]:
    late = lists.showings(session, SYSTEM, now, state=lists.OVERDUE)
    return late.with_only_columns(Showing.at, maintain_column_froms=True)


def _freezes(session: Session, now: datetime) -> int:
    """The freezes that have ended by themselves, and no other one runs on: by a clock that is believed."""
    until = timekeeping.trusted(session, now)
    ended = Freeze.lifted_at.is_(None), Freeze.ends_at <= until, Freeze.ends_at > until - _LATELY
    told = select(Event.subject_id).where(Event.kind == "freeze_over", Event.subject_kind == Freeze.__tablename__)
    rows = session.scalars(
        select(Freeze).where(*ended, Freeze.id.not_in(told)).options(joinedload(Freeze.broker))
    ).all()
    thawed = [row for row in rows if freezes.running(session, row.broker_id, now) is None]
    for row in thawed:
        whom = Concerned(row.broker_id, row.broker.agency_id, once=f"freeze_over:{row.id}")
        tell(session, SYSTEM, now, "freeze_over", row, whom)
    return len(thawed)
