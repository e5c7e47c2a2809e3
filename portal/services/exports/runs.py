"""Runs of scheduled exports: begun when they are due, claimed by who tries, and ended: made, failed or dropped.

Two workers make one file: a run stands once for each due instant (a unique index), who tries moves it on first, and
only the try that was last begun ends it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import SYSTEM, Actor
from ...access.scope import visible
from ...adapters.storage.files import Files
from ...models import ExportPart, ExportRun, ExportSchedule, ExportState, Role
from ...rules.exports import rhythm, tries
from ...session import Session
from .. import audit, inserts
from ..events.telling import Concerned, tell
from ..kept_files import delete_when_committed, forget_unless_committed

FAULT, HELD = "fault", "held"
"""Why a run was given up: something broke, or the owner's account needs something first, such as a second factor."""

_ERASED_AT_ONCE = 100


def begin_due(session: Session, now: datetime) -> int:
    """Begin what is due of every schedule that runs; how many runs."""
    latest = select(ExportRun.schedule_id, func.max(ExportRun.due_at).label("done")).group_by(ExportRun.schedule_id)
    done = latest.subquery()
    running = ExportSchedule.ended_at.is_(None) & ExportSchedule.paused_at.is_(None)
    stmt = select(ExportSchedule, done.c.done).outerjoin(done, done.c.schedule_id == ExportSchedule.id).where(running)
    begun = 0
    for row, at in session.execute(stmt):
        due_at = rhythm.due(row.rhythm, row.since, at, now)
        if due_at is not None:
            values = {"schedule_id": row.id, "due_at": due_at, "state": ExportState.WAITING, "next_at": now}
            unique = ("schedule_id", "due_at")
            begun += inserts.insert_unless_there(session, ExportRun, unique, **values) is not None
    return begun


@dataclass(frozen=True, slots=True)
class Claim:
    """A try that is under way: which run, and which try of it."""

    run_id: int
    tried: int


def waiting(session: Session, now: datetime) -> Sequence[int]:
    """The runs whose time to be tried has come, the oldest first."""
    due = (ExportRun.state == ExportState.WAITING, ExportRun.next_at <= now)
    return session.scalars(select(ExportRun.id).where(*due).order_by(ExportRun.next_at, ExportRun.id)).all()


def claim(session: Session, now: datetime, run_id: int) -> Claim | None:
    """Begin a try, unless another worker has; None then, and where the schedule does not run any more."""
    due = (ExportRun.id == run_id, ExportRun.state == ExportState.WAITING, ExportRun.next_at <= now)
    claimed = update(ExportRun).where(*due).values(tried=ExportRun.tried + 1, next_at=now + tries.LEASE)
    tried = session.scalar(claimed.returning(ExportRun.tried))
    if tried is None:
        return None
    schedule = schedule_of(session, run_id)
    if schedule.paused_at is not None or schedule.ended_at is not None:
        _end(session, now, Claim(run_id, tried), ExportState.DROPPED)
        return None
    return Claim(run_id, tried)


def schedule_of(session: Session, run_id: int) -> ExportSchedule:
    """The schedule of a run, with its owner."""
    stmt = select(ExportSchedule).join(ExportRun, ExportRun.schedule_id == ExportSchedule.id)
    return session.scalars(stmt.where(ExportRun.id == run_id).options(joinedload(ExportSchedule.person))).one()


def due_at(session: Session, run_id: int) -> datetime:
    """The instant that a run is for."""
    return session.scalars(select(ExportRun.due_at).where(ExportRun.id == run_id)).one()


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was made and stored: its parts by name and size, and what the run says of it."""

    parts: Sequence[tuple[str, int]]
    sha256: str
    rows: int
    role: Role

    @property
    def size(self) -> int:
        """Of the whole file, in bytes."""
        return sum(size for _name, size in self.parts)


def finish(session: Session, now: datetime, files: Files, claimed: Claim, stored: Stored) -> bool:
    """Note that the file is made, and tell its owner; False where a later try has taken over."""
    for name, _size in stored.parts:
        forget_unless_committed(session, files, name)
    made = {"sha256": stored.sha256, "size": stored.size, "rows": stored.rows, "role": stored.role}
    if not _end(session, now, claimed, ExportState.MADE, **made, keep_until=now + tries.KEPT):
        for name, _size in stored.parts:
            delete_when_committed(session, files, name)
        return False
    for number, (name, size) in enumerate(stored.parts, 1):
        session.add(ExportPart(run_id=claimed.run_id, number=number, size=size, file_name=name))
    row = session.get_one(ExportRun, claimed.run_id)
    session.refresh(row)
    audit.record(session, SYSTEM, now, "export_made", row, list=row.schedule.endpoint, rows=stored.rows)
    facts = {"list": row.schedule.endpoint, "rows": stored.rows, "until_at": now + tries.KEPT}
    tell(session, SYSTEM, now, "export_made", row, Concerned(row.schedule.person_id), **facts)
    return True


def drop(session: Session, now: datetime, claimed: Claim) -> None:
    """Make nothing of this run."""
    _end(session, now, claimed, ExportState.DROPPED)


def put_off(session: Session, now: datetime, claimed: Claim) -> None:
    """Try a run again later, or give it up and tell its owner."""
    again = tries.next_try(claimed.tried, now)
    if again is None:
        give_up(session, now, claimed, FAULT)
        return
    session.execute(_still_ours(claimed).values(next_at=again))


def give_up(session: Session, now: datetime, claimed: Claim, why: str) -> None:
    """Give a run up and tell its owner why."""
    if not _end(session, now, claimed, ExportState.FAILED, why=why):
        return
    row = session.get_one(ExportRun, claimed.run_id)
    audit.record(session, SYSTEM, now, "export_failed", row, list=row.schedule.endpoint, why=why)
    facts = {"list": row.schedule.endpoint, "why": why}
    tell(session, SYSTEM, now, "export_failed", row, Concerned(row.schedule.person_id), **facts)


def listing(actor: Actor, schedule: ExportSchedule) -> Select[ExportRun]:
    """The runs of a schedule."""
    return visible(actor, ExportRun).where(ExportRun.schedule_id == schedule.id)


def take(session: Session, actor: Actor, now: datetime, run: ExportRun) -> Sequence[str]:
    """The names of a file's parts; that it was taken is written down. Raises Refusal: export_over."""
    if run.state is not ExportState.MADE or run.keep_until is None or run.keep_until <= now:
        raise Refusal("export_over")
    audit.record(session, actor, now, "export_taken", run, list=run.schedule.endpoint, rows=run.rows)
    parts = select(ExportPart.file_name).where(ExportPart.run_id == run.id).order_by(ExportPart.number)
    return session.scalars(parts).all()


def read(files: Files, names: Sequence[str]) -> Iterator[bytes]:
    """The file, a part at a time."""
    return (files.get(name) for name in names)


def erase_due(session: Session, now: datetime, files: Files) -> int:
    """Erase files whose time is over; how many."""
    over = (ExportRun.state == ExportState.MADE, ExportRun.keep_until <= now)
    rows = session.scalars(select(ExportRun).where(*over).order_by(ExportRun.id).limit(_ERASED_AT_ONCE)).all()
    for row in rows:
        for part in session.scalars(select(ExportPart).where(ExportPart.run_id == row.id)):
            delete_when_committed(session, files, part.file_name)
            session.delete(part)
        row.state = ExportState.ERASED
    return len(rows)


def _still_ours(claimed: Claim) -> Any:
    return update(ExportRun).where(
        ExportRun.id == claimed.run_id, ExportRun.state == ExportState.WAITING, ExportRun.tried == claimed.tried
    )


def _end(session: Session, now: datetime, claimed: Claim, state: ExportState, **values: Any) -> bool:
    ended = _still_ours(claimed).values(state=state, next_at=None, ended_at=now, **values)
    return session.scalar(ended.returning(ExportRun.id)) is not None
