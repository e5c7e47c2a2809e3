"""What is due by time alone: found in the tables, done in one transaction, and safe to do again (ADR 4)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from ..adapters.files import Files
from ..models import CaptureNonce, JobRun, PasswordLink, SignInAttempt, WebSession, WhatIfRun
from .commission import what_if
from .faces import enrolments
from .posters import batches as poster_batches
from .privacy import retention_sweep
from .referral import scans
from .rewards.rewards import due_rewards

_NONCES_KEPT = timedelta(days=1)
_ATTEMPTS_KEPT = timedelta(days=30)
SIGN_INS_KEPT = timedelta(days=180)


def sweep(session: Session, now: datetime, files: Files, *, sign_ins_kept: timedelta = SIGN_INS_KEPT) -> dict[str, int]:
    """Do all that has come due, and note that it was looked at. Returns how much of each was found.

    `sign_ins_kept` is for how long it is known where somebody was signed in, and which links were made.
    """
    forgotten = now - sign_ins_kept
    found = {
        "rewards_due": due_rewards(session, now),
        "faces_unconfirmed_erased": enrolments.erase_old(session, now),
        **retention_sweep.sweep_if_due(session, now, files),
        "nonces_dropped": _drop(session, delete(CaptureNonce).where(CaptureNonce.issued_at < now - _NONCES_KEPT)),
        "attempts_dropped": _drop(session, delete(SignInAttempt).where(SignInAttempt.at < now - _ATTEMPTS_KEPT)),
        "sign_ins_dropped": _drop(session, _sign_ins(forgotten)),
        "links_dropped": _drop(session, delete(PasswordLink).where(PasswordLink.until < forgotten)),
        "visitors_forgotten": scans.forget_visitors(session, now),
        "what_ifs_dropped": _drop(session, delete(WhatIfRun).where(WhatIfRun.finished_at < now - what_if.KEPT)),
        "posters_erased": poster_batches.erase_due(session, now, files),
    }
    run = session.get(JobRun, "sweep") or JobRun(name="sweep")
    run.ran_at, run.found = now, found
    session.add(run)
    return found


def _sign_ins(forgotten: datetime) -> Any:
    """Sign-ins that ended before that; the latest of each person stays, for it says what is news to its owner."""
    latest = select(func.max(WebSession.id)).group_by(WebSession.person_id)
    over = func.coalesce(WebSession.ended_at, WebSession.ends_at) < forgotten
    return delete(WebSession).where(over, WebSession.id.not_in(latest))


def _drop(session: Session, statement: Any) -> int:
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment]
    return result.rowcount
