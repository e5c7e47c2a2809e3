"""How the portal runs, as far as somebody must be told of it: a worker that is silent, a backup that is old."""

from datetime import datetime, timedelta

from sqlalchemy import select

from ...access.actor import SYSTEM
from ...clock import local_day
from ...models import AuditEntry, Event, JobRun
from ...rules.notifications import deadlines as rule
from ...session import Session
from .telling import Concerned, tell

WORKER, BACKUP = "worker", "backup"
"""Under these names it is noted that the worker looked, and that an archive was made."""


def silent_since(session: Session, now: datetime) -> datetime | None:
    """The worker's last sign of life, where it is too long ago. One that never ran is being set up yet."""
    at = session.scalar(select(JobRun.ran_at).where(JobRun.name == WORKER))
    return at if at is not None and now - at >= rule.WORKER_SILENT else None


def is_silence_told(session: Session, since: datetime) -> bool:
    """Whether it was told already that the worker is silent since then."""
    return session.scalar(select(Event.id).where(Event.once == _once(since))) is not None


def tell_of_silence(session: Session, now: datetime, since: datetime) -> None:
    """Tell that the worker is silent, once for each time that it falls silent. It cannot say so itself: whoever serves
    pages does."""
    tell(session, SYSTEM, now, "worker_silent", "portal", Concerned(once=_once(since)), since_at=since)


def _once(since: datetime) -> str:
    return f"worker_silent:{since:%Y%m%dT%H%M%S}"


def tell_of_backups(session: Session, now: datetime, hours: int) -> int:
    """Tell, once a day, that the last backup is older than so many hours (0: made by other means); whether it is."""
    made = session.scalar(select(JobRun.ran_at).where(JobRun.name == BACKUP))
    began = made or session.scalar(select(AuditEntry.at).order_by(AuditEntry.id).limit(1))
    if not hours or began is None or now - began < timedelta(hours=hours):
        return 0
    whom = Concerned(once=f"backup_is_old:{local_day(now)}")
    return int(tell(session, SYSTEM, now, "backup_is_old", "portal", whom, made_at=made))
