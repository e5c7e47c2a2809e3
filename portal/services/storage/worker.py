"""The round over stored files and over the database itself, in portions."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from ...adapters.storage.files import Files
from ...clock import Clock, day_start, local_day
from ...db import Database
from ...models import JobRun
from ...session import Session
from ..locks import wait_in_line
from ..verification.runs import NIGHT
from . import checks
from .checks import START, FileFault, Place
from .runs import AT_ONCE, DATABASE, FILES, MOST_NAMED, UNDER_WAY, FilesRun, last_files

log = logging.getLogger(__name__)


def check_all(
    database: Database,
    files: Files,
    now: datetime,
    told: Callable[[int], object],
    say: Callable[[FileFault], object],
) -> FilesRun:
    """Look at every file now; `told` hears how many were looked at, `say` of each fault. What was found is noted."""
    place: Place | None = START
    found = _nothing()
    while place is not None:
        portion = checks.check(database, files, place, AT_ONCE)
        _count(found, portion.faults, portion.checked)
        for fault in portion.faults:
            say(fault)
        told(portion.checked)
        place = portion.after
    with_orphans = {**found, "nobodys": checks.nobodys(database, files, now)}
    with database.transaction() as session:
        session.merge(JobRun(name=FILES, ran_at=now, found=with_orphans))
        found_now = last_files(session)
    assert found_now is not None  # it was just noted
    return found_now


def run_due(database: Database, files: Files, clock: Clock, *, most: timedelta) -> int:
    """Go on with this night's look at the files, for at most so long; how many were looked at."""
    ends, checked = time.monotonic() + most.total_seconds(), 0
    while time.monotonic() < ends:
        with database.reading() as session:
            before = _begun(session, clock())
        if before is None:
            break
        place = Place(*before["place"])
        portion = checks.check(database, files, place, AT_ONCE)
        orphans = checks.nobodys(database, files, clock()) if portion.after is None else 0
        with database.transaction() as session:
            wait_in_line(session, "files")
            if _begun(session, clock()) != before:
                break  # another worker was quicker with this portion
            _note(session, clock(), before, portion, orphans)
        for fault in portion.faults:
            log.error("a stored file is wrong", extra={"wrong": fault.wrong, "table": fault.table, "row": fault.row_id})
        checked += portion.checked
    return checked


def check_database(database: Database, clock: Clock) -> str | None:
    """Once a night: whether SQLite's file is in order. What is wrong, or nothing; None where it was not yet time."""
    with database.reading() as session:
        if not _due(session, DATABASE, clock()):
            return None
    fault = quick_fault(database)
    if fault:
        log.error("the database's file is damaged", extra={"fault": fault})
    with database.transaction() as session:
        session.merge(JobRun(name=DATABASE, ran_at=clock(), found={"fault": fault}))
    return fault


def quick_fault(database: Database) -> str:
    """The first thing that SQLite finds wrong with its file; nothing where there is none, and of PostgreSQL."""
    if database.reader.dialect.name != "sqlite":
        return ""
    try:
        with database.reading() as session:
            said = session.scalars(text("PRAGMA quick_check(1)")).first()
    except DatabaseError as error:
        said = str(error.orig)
    return "" if said == "ok" else str(said)


def _begun(session: Session, now: datetime) -> dict[str, Any] | None:
    """How far this night's look is; its start where it has not begun, None where it is done."""
    if not _due(session, FILES, now):
        return None
    run = session.get(JobRun, UNDER_WAY)
    if run is None or not _night(now) <= run.ran_at <= now:
        return {"place": list(START), **_nothing()}
    return run.found


def _note(session: Session, now: datetime, before: Mapping[str, Any], portion: checks.Portion, orphans: int) -> None:
    found = {**before, "wrong": dict(before["wrong"]), "named": list(before["named"])}
    _count(found, portion.faults, portion.checked)
    if portion.after is None:
        del found["place"]
        session.merge(JobRun(name=FILES, ran_at=now, found={**found, "nobodys": orphans}))
    else:
        found["place"] = list(portion.after)
        session.merge(JobRun(name=UNDER_WAY, ran_at=now, found=found))


def _nothing() -> dict[str, Any]:
    return {"checked": 0, "wrong": {}, "named": []}


def _count(found: dict[str, Any], faults: Sequence[FileFault], checked: int) -> None:
    found["checked"] += checked
    for fault in faults:
        found["wrong"][fault.wrong] = found["wrong"].get(fault.wrong, 0) + 1
        if len(found["named"]) < MOST_NAMED:
            found["named"].append([fault.wrong, fault.table, fault.row_id])


def _due(session: Session, name: str, now: datetime) -> bool:
    """Whether it was not done since the last night began; a run that is ahead of now was one of a wrong clock."""
    run = session.get(JobRun, name)
    return run is None or not _night(now) <= run.ran_at <= now


def _night(now: datetime) -> datetime:
    return day_start(local_day(now - NIGHT)) + NIGHT
