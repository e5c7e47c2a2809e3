"""When the ledger was verified, by whom and what was found; and when it is time to do it again.

A verification reads everything, so a page does not wait for a large one: it is asked for, and the worker does it
within a minute. Each night the worker does it unasked. What is known of a run is its entry in the audit log.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from commissions.ledger import Fault

from ...access.actor import Actor
from ...adapters.storage.files import Files
from ...clock import day_start, local_day
from ...models import AuditEntry, JobRun, LedgerTransfer, Person
from ...rules.timekeeping import SLACK
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from . import proof

NIGHT = timedelta(hours=3)
"""After midnight in Shanghai: when the worker verifies unasked."""


AT_ONCE = 20_000
"""Up to so many transfers are verified while the reader waits: a second or two."""


_LOOKED_BACK = 20
"""Among so many verifications one is looked for that found no fault."""


_UNDER_WAY = "ledger_verification"
"""Under this name the worker notes how far it is."""


SAYS_EVERY = 2.0
"""So many seconds pass between two notes."""


_SILENT = timedelta(minutes=2)
"""A worker that has said nothing for so long does not verify any more."""


_RUN, _ASKED, _SUBJECT = "ledger_verified", "ledger_verification_asked", "ledger"


@dataclass(frozen=True, slots=True)
class Run:
    """A verification that was done, by whom (None: the worker or a shell), and what it found."""

    at: datetime
    person: Person | None
    head: str
    facts_head: str
    batches: int
    facts: int
    transfers: int
    lines: int
    turnover_fen: int
    seconds: int
    fault: Fault | None


def verify(session: Session, progress: proof.Progress = proof.quiet, files: Files | None = None) -> proof.Verification:
    """`verify_ledger`, and that what the last verification without a fault saw is still there: the heads of both
    chains (who can write the whole database can make a chain anew, but not to that hash), and the audit log."""
    found = proof.verify_ledger(session, progress, files)
    if found.fault is not None:
        return found
    runs = (entry.facts for entry in session.scalars(_entries(_RUN).limit(_LOOKED_BACK)))
    kept = next((facts for facts in runs if facts["holds"]), None)
    return found if kept is None else replace(found, fault=_gone(session, kept))


def _gone(session: Session, kept: dict[str, Any]) -> Fault | None:
    """What an earlier verification saw and is there no more: a block, an entry of the register, of the audit log."""
    fault = None
    if kept["head"]:
        fault = proof.kept_fault(session, kept["batches"], kept["head"])
    if fault is None and kept.get("facts_head"):
        fault = proof.kept_fact_fault(session, kept["facts"], kept["facts_head"])
    if fault is None and _audited(session, kept.get("audit_id", 0)) < kept.get("audited", 0):
        fault = Fault(kept["audited"], "audit")
    return fault


def _audited(session: Session, until: int) -> int:
    """How many entries of the audit log there are, up to one."""
    return session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.id <= until)) or 0


def note(session: Session, actor: Actor, now: datetime, found: proof.Verification, *, seconds: int) -> None:
    """Write a verification down."""
    last = session.scalar(select(func.max(AuditEntry.id))) or 0
    facts = {
        "holds": found.fault is None,
        "head": found.head,
        "facts_head": found.facts_head,
        "batches": found.batches,
        "facts": found.facts,
        "audit_id": last,
        "audited": _audited(session, last),
        "transfers": found.transfers,
        "lines": found.lines,
        "turnover_fen": found.turnover_fen,
        "seconds": seconds,
    }
    if found.fault is not None:
        facts |= found.fault._asdict()
    audit.record(session, actor, now, _RUN, _SUBJECT, **facts)
    if found.fault is not None:
        tell(session, actor, now, "ledger_does_not_hold", "ledger", Concerned(), number=found.fault.number)


def ask(session: Session, actor: Actor, now: datetime) -> None:
    """Ask the worker to verify the ledger."""
    audit.record(session, actor, now, _ASKED, _SUBJECT)


def last(session: Session) -> Run | None:
    """The latest verification."""
    entry = _latest(session, _RUN)
    if entry is None:
        return None
    facts = entry.facts
    fault = None if facts["holds"] else Fault(facts["number"], facts["what"], facts["reference"])
    counts = ("batches", "facts", "transfers", "lines", "turnover_fen", "seconds")
    head, facts_head = facts.get("head", ""), facts.get("facts_head", "")
    figures = {name: int(facts.get(name, 0)) for name in counts}
    return Run(entry.at, entry.actor, head, facts_head, **figures, fault=fault)


def asked_at(session: Session) -> datetime | None:
    """Since when a verification is asked for and not done yet."""
    asked, done = _latest(session, _ASKED), _latest(session, _RUN)
    return asked.at if asked is not None and (done is None or done.id < asked.id) else None


def small(session: Session) -> bool:
    """Whether a reader can wait for a verification."""
    return (session.scalar(select(func.max(LedgerTransfer.id))) or 0) <= AT_ONCE


def due(session: Session, now: datetime) -> bool:
    """Whether it was asked for, or not done since the last night began."""
    if asked_at(session) is not None:
        return True
    night = day_start(local_day(now - NIGHT)) + NIGHT
    done = _latest(session, _RUN)
    return done is None or done.at < night or done.at > now + SLACK  # of a clock that was wrong


def progress_of(session: Session, now: datetime) -> tuple[int, int] | None:
    """How many steps of how many the worker is through; None where it verifies nothing just now."""
    under_way = session.get(JobRun, _UNDER_WAY)
    if under_way is None or abs(now - under_way.ran_at) > _SILENT:  # ahead of now: of a clock that was wrong
        return None
    done = _latest(session, _RUN)
    over = done is not None and done.at >= under_way.ran_at
    return None if over else (under_way.found["done"], under_way.found["whole"])


def say(session: Session, now: datetime, done: int, whole: int) -> None:
    session.merge(JobRun(name=_UNDER_WAY, ran_at=now, found={"done": done, "whole": whole}))


def _latest(session: Session, action: str) -> AuditEntry | None:
    return session.scalar(_entries(action).limit(1))


def _entries(action: str) -> Select[AuditEntry]:
    """What was written down of a deed, the latest first."""
    stmt = select(AuditEntry).where(AuditEntry.action == action).options(joinedload(AuditEntry.actor))
    return stmt.order_by(AuditEntry.id.desc())
