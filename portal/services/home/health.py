"""Vital signs: what an administrator looks at when asked whether all is well."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ...models import AuditEntry, JobRun, Person, SignInAttempt, WebSession
from ..faces.counts import stored_persons
from ..verification import runs as verification_runs

_WORKER_SILENT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """The state of the database, and counts. The last 24 hours where a time is meant."""

    database: str
    schema: str
    people: int
    sessions: int
    sign_ins: int
    failed_sign_ins: int
    faces: int
    last_deed_at: datetime | None
    last_sweep_at: datetime | None
    ledger: verification_runs.Run | None

    def worker_lives(self, now: datetime) -> bool:
        """Whether the worker looked lately: it does so once a minute."""
        return self.last_sweep_at is not None and now - self.last_sweep_at < _WORKER_SILENT


def vital_signs(session: Session, now: datetime) -> VitalSigns:
    """Look at everything once."""
    day = now - timedelta(days=1)
    tries = select(func.count()).select_from(SignInAttempt).where(SignInAttempt.at > day)
    running = select(func.count()).select_from(WebSession)
    return VitalSigns(
        database=session.get_bind().dialect.name,
        schema=session.scalar(text("SELECT version_num FROM alembic_version")) or "",
        people=session.scalar(select(func.count()).select_from(Person).where(Person.deactivated_at.is_(None))) or 0,
        sessions=session.scalar(running.where(WebSession.ended_at.is_(None), WebSession.ends_at > now)) or 0,
        sign_ins=session.scalar(tries.where(SignInAttempt.succeeded)) or 0,
        failed_sign_ins=session.scalar(tries.where(~SignInAttempt.succeeded)) or 0,
        faces=stored_persons(session),
        last_deed_at=session.scalar(select(func.max(AuditEntry.at))),
        last_sweep_at=session.scalar(select(func.max(JobRun.ran_at))),
        ledger=verification_runs.last(session),
    )
