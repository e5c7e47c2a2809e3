"""What is due by time alone: found in the tables, and safe to do again (ADR 4).

Each step is a transaction of its own. One that fails is rolled back, logged and counted, and the others go on: a bucket
that is down must not hold up rewards. What must not be kept any longer is erased first.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, func, select

from ..adapters.storage.files import Files
from ..clock import local_day
from ..models import (
    CaptureNonce,
    ContentReports,
    JobRun,
    JudgementRun,
    PasswordLink,
    PhoneCode,
    SignInAttempt,
    WebSession,
    WhatIfRun,
)
from ..session import Session
from . import audit
from .account_safety import factor_resets
from .aftercare import complaints, due_surveys
from .care_team import rota
from .commission import what_if
from .conflicts import waiting as conflicts_due
from .erasure import requests as erasure_requests
from .events import deadlines, operation
from .exports import runs as export_runs
from .faces import enrolments
from .hand_overs import telling as hand_overs_told
from .imports import files as import_files
from .joining import invitations
from .judgements import what_if as judged_what_if
from .loans import telling as loans_told
from .measures import day_figures
from .measures import telling as measures_told
from .partner_api import calls, repeats, version_endings
from .payouts import telling as payouts_told
from .penalties import waiting as penalties_told
from .periods import waiting as months_due
from .posters import batches as poster_batches
from .privacy import retention_sweep
from .promises import telling as promises_told
from .referral import scans
from .rewards.rewards import due_rewards
from .risk import finding as risks_due
from .webhooks import deliveries as webhooks
from .webhooks import endpoints as webhook_endpoints

log = logging.getLogger(__name__)

RUN = "sweep"
"""Under this name a sweep notes that it ran."""

FAILED = "failed"
"""And under this what failed, and how many times in a row."""

_NONCES_KEPT = timedelta(days=1)
_ATTEMPTS_KEPT = timedelta(days=30)
_CODES_KEPT = timedelta(days=30)
_REPORTS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a sweep goes by: for how long it is known where somebody was signed in and which links were made, what an
    import's rows said, and from where a deed was done."""

    sign_ins: timedelta = timedelta(days=180)
    imports: timedelta = timedelta(days=30)
    audit_addresses: timedelta = timedelta(days=365)
    backup_hours: int = 0
    """how old the last backup may be; 0: they are made by other means"""
    texts_surveys: bool = False
    """whether texts bring owners to a survey"""


@dataclass(frozen=True, slots=True)
class Swept:
    """How much of each was found, and how many times in a row a step failed by now."""

    found: Mapping[str, int]
    failed: Mapping[str, int]


Step = Callable[[Session, datetime, Files, Kept], Mapping[str, int]]


def _sign_ins_dropped(session: Session, now: datetime, _files: Files, kept: Kept) -> Mapping[str, int]:
    forgotten = now - kept.sign_ins
    return {
        "sign_ins_dropped": _drop(session, _sign_ins(forgotten)),
        "links_dropped": _drop(session, delete(PasswordLink).where(PasswordLink.until < forgotten)),
    }


def _retention(name: str) -> Step:
    return lambda session, now, files, _kept: retention_sweep.sweep_part_if_due(session, now, files, name)


STEPS: Mapping[str, Step] = {
    **{f"retention_{name}": _retention(name) for name in retention_sweep.PARTS},
    "retention": lambda session, now, *_: retention_sweep.conclude(session, now),
    "erasures": lambda session, now, files, _: erasure_requests.go_on(session, now, files),
    "late_erasures": lambda session, now, *_: erasure_requests.tell_late(session, now),
    "faces": lambda session, now, *_: {"faces_unconfirmed_erased": enrolments.erase_old(session, now)},
    "imports": lambda session, now, _, kept: {"imports_erased": import_files.erase_due(session, now, kept.imports)},
    "posters": lambda session, now, files, _: {"posters_erased": poster_batches.erase_due(session, now, files)},
    "exports": lambda session, now, files, _: {"exports_erased": export_runs.erase_due(session, now, files)},
    "visitors": lambda session, now, *_: {"visitors_forgotten": scans.forget_visitors(session, now)},
    "sign_ins": _sign_ins_dropped,
    "audit_addresses": lambda session, now, _, kept: {
        "audit_addresses_forgotten": audit.forget_addresses(session, now, kept.audit_addresses)
    },
    "nonces": lambda session, now, *_: {
        "nonces_dropped": _drop(session, delete(CaptureNonce).where(CaptureNonce.issued_at < now - _NONCES_KEPT))
    },
    "api_answers": lambda session, now, *_: {
        "api_answers_deleted": repeats.delete_old(session, now),
        "api_calls_deleted": calls.delete_old(session, now),
    },
    "webhooks": lambda session, now, *_: {
        "webhooks_deleted": webhooks.delete_old(session, now),
        "webhook_secrets_forgotten": webhook_endpoints.forget_former(session, now),
    },
    "attempts": lambda session, now, *_: {
        "attempts_dropped": _drop(session, delete(SignInAttempt).where(SignInAttempt.at < now - _ATTEMPTS_KEPT))
    },
    "codes": lambda session, now, *_: {
        "codes_dropped": _drop(session, delete(PhoneCode).where(PhoneCode.issued_at < now - _CODES_KEPT))
    },
    "invitations": lambda session, now, *_: {"invitations_erased": invitations.erase_over(session, now)},
    "what_ifs": lambda session, now, *_: {
        "what_ifs_dropped": _drop(session, delete(WhatIfRun).where(WhatIfRun.finished_at < now - what_if.KEPT))
    },
    "judgement_runs": lambda session, now, *_: {
        "judgement_runs_dropped": _drop(
            session, delete(JudgementRun).where(JudgementRun.finished_at < now - judged_what_if.KEPT)
        )
    },
    "content_reports": lambda session, now, *_: {
        "content_reports_dropped": _drop(
            session, delete(ContentReports).where(ContentReports.day < local_day(now - _REPORTS_KEPT))
        )
    },
    "factor_resets": lambda session, now, *_: factor_resets.carry_out_due(session, now),
    "conflicts": lambda session, now, *_: conflicts_due.sweep_due(session, now),
    "risks": lambda session, now, *_: risks_due.sweep_due(session, now),
    "months": lambda session, now, *_: months_due.sweep_due(session, now),
    "deadlines": lambda session, now, *_: deadlines.tell_due(session, now),
    "api_versions": lambda session, now, *_: {"api_versions_told": version_endings.tell_due(session, now)},
    "payments": lambda session, now, *_: payouts_told.tell_due(session, now),
    "loans": lambda session, now, *_: loans_told.tell_due(session, now),
    "days": lambda session, *_: {"days_counted": day_figures.count_due(session)},
    "measures": lambda session, now, *_: measures_told.tell_due(session, now),
    "promises": lambda session, now, *_: promises_told.tell_due(session, now),
    "standing": lambda session, now, *_: penalties_told.tell_due(session, now),
    "absences": lambda session, now, *_: rota.end_over(session, now),
    "hand_overs": lambda session, now, *_: hand_overs_told.tell_due(session, now),
    "surveys": lambda session, now, _, kept: due_surveys.ask_due(session, now) if kept.texts_surveys else {},
    "complaints": lambda session, now, *_: {"complaints_late": complaints.escalate_late(session, now)},
    "backups": lambda session, now, _, kept: {
        "old_backups_told": operation.tell_of_backups(session, now, kept.backup_hours)
    },
    "rewards": lambda session, now, *_: {"rewards_due": due_rewards(session, now)},
}
"""What is done, in this order."""


def sweep(
    transaction: Callable[[], AbstractContextManager[Session]],
    now: datetime,
    files: Files,
    kept: Kept = Kept(),
    steps: Mapping[str, Step] = STEPS,
) -> Swept:
    """Do all that has come due, each step in a transaction of its own, and note that it was looked at."""
    found: dict[str, int] = {}
    failed: set[str] = set()
    for name, step in steps.items():
        try:
            with transaction() as session:
                found |= step(session, now, files, kept)
        except Exception:
            log.exception("a step of the sweep failed", extra={"step": name})
            failed.add(name)
    with transaction() as session:
        before = failing(session)
        swept = Swept(found, {name: before.get(name, 0) + 1 for name in steps if name in failed})
        session.merge(JobRun(name=RUN, ran_at=now, found={**found, FAILED: dict(swept.failed)}))
    return swept


def failing(session: Session) -> Mapping[str, int]:
    """The steps that failed in the latest sweep, with how many times in a row."""
    run = session.get(JobRun, RUN)
    return {} if run is None else run.found.get(FAILED, {})


def _sign_ins(forgotten: datetime) -> Any:
    """Sign-ins that ended before that; the latest of each person stays, for it says what is news to its owner."""
    latest = select(func.max(WebSession.id)).group_by(WebSession.person_id)
    over = func.coalesce(WebSession.ended_at, WebSession.ends_at) < forgotten
    return delete(WebSession).where(over, WebSession.id.not_in(latest))


def _drop(session: Session, statement: Any) -> int:
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment]
    return result.rowcount
