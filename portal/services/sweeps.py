"""What is due by time alone: found in the tables, done in one transaction, and safe to do again (ADR 4)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete
from sqlalchemy.orm import Session

from ..adapters.files import Files
from ..models import CaptureNonce, JobRun, SignInAttempt, WhatIfRun
from . import poster_batches, retention_sweep, scans, what_if
from .rewards import due_rewards

_NONCES_KEPT = timedelta(days=1)
_ATTEMPTS_KEPT = timedelta(days=30)


def sweep(session: Session, now: datetime, files: Files) -> dict[str, int]:
    """Do all that has come due, and note that it was looked at. Returns how much of each was found."""
    found = {
        "rewards_due": due_rewards(session, now),
        **retention_sweep.sweep_if_due(session, now, files),
        "nonces_dropped": _drop(session, delete(CaptureNonce).where(CaptureNonce.issued_at < now - _NONCES_KEPT)),
        "attempts_dropped": _drop(session, delete(SignInAttempt).where(SignInAttempt.at < now - _ATTEMPTS_KEPT)),
        "visitors_forgotten": scans.forget_visitors(session, now),
        "what_ifs_dropped": _drop(session, delete(WhatIfRun).where(WhatIfRun.finished_at < now - what_if.KEPT)),
        "posters_erased": poster_batches.erase_due(session, now, files),
    }
    run = session.get(JobRun, "sweep") or JobRun(name="sweep")
    run.ran_at, run.found = now, found
    session.add(run)
    return found


def _drop(session: Session, statement: Any) -> int:
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment]
    return result.rowcount
