"""The making of scheduled exports: what is due is begun, and each run is made outside any transaction.

How a list becomes a file, its page knows: the worker is handed what makes it, asks with the owner's rights of this very
moment, and stores the file in parts, so that memory does not grow with it.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from ...adapters.storage.files import Files, new_name
from ...clock import Clock
from ...db import Database
from ...models import ExportSchedule, Role, ScheduleEnd
from ...outages import outage_of, passing_over
from ...rules.exports.moving import moved
from . import runs, schedules
from .runs import HELD, Claim, Stored

log = logging.getLogger(__name__)

PART = 4 * 1024 * 1024
"""Bytes of a file that are sealed and stored at a time."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made, for whom and as of when."""

    schedule_id: int
    person_id: int
    endpoint: str
    arguments: Mapping[str, Any]
    filters: Mapping[str, str]
    format: str
    locale: str

    @classmethod
    def of(cls, row: ExportSchedule, due_at: datetime) -> "Order":
        """What a schedule asks for at the instant when it is due."""
        filters = moved(row.filters, due_at)
        return cls(row.id, row.person_id, row.endpoint, row.arguments, filters, row.format.value, row.locale)


@dataclass(frozen=True, slots=True)
class Made:
    """A file as it was made: its content, how many rows are in it, and with whose rights it was asked for."""

    content: IO[bytes]
    rows: int
    role: Role


class NotMade(Exception):
    """The list is not to be had any more, and why."""

    def __init__(self, why: ScheduleEnd) -> None:
        super().__init__(why.value)
        self.why = why


class HeldBack(Exception):
    """The owner's account needs something before it may read the list, such as a second factor or another password."""


Make = Callable[[Order], AbstractContextManager[Made]]
"""Makes the file. Raises NotMade and HeldBack."""


def run_due(database: Database, files: Files, make: Make, clock: Clock) -> int:
    """Begin what is due, and make each run whose time has come; how many files were made."""
    with database.transaction() as session:
        runs.begin_due(session, clock())
    with database.reading() as session:
        ids = runs.waiting(session, clock())
    made = 0
    for key in ids:
        with passing_over(log, "an export waits for the next look", run=key):
            made += attempt(database, files, make, clock, key)
    return made


def attempt(database: Database, files: Files, make: Make, clock: Clock, run_id: int) -> bool:
    """Make one run's file, unless another worker is at it; whether it is made now."""
    with database.transaction() as session:
        claimed = runs.claim(session, clock(), run_id)
        if claimed is None:
            return False
        order = Order.of(runs.schedule_of(session, run_id), runs.due_at(session, run_id))
    try:
        stored = _stored(files, make, order)
    except NotMade as ended:
        with database.transaction() as session:
            runs.drop(session, clock(), claimed)
            schedules.end_without_right(session, clock(), runs.schedule_of(session, run_id), ended.why)
        return False
    except HeldBack:
        with database.transaction() as session:
            runs.give_up(session, clock(), claimed, HELD)
        return False
    except Exception as error:
        _put_off(database, clock, claimed, error)
        return False
    with database.transaction() as session:
        return runs.finish(session, clock(), files, claimed, stored)


def _stored(files: Files, make: Make, order: Order) -> Stored:
    """The file, stored part by part. What was stored of one that breaks off is taken away again."""
    parts: list[tuple[str, int]] = []
    digest = hashlib.sha256()
    try:
        with make(order) as made:
            for content in _in_parts(made.content):
                name = new_name()
                parts.append((name, len(content)))
                files.put(name, content)
                digest.update(content)
            return Stored(parts, digest.hexdigest(), made.rows, made.role)
    except BaseException:
        for name, _size in parts:
            with suppress(Exception):  # the daily sweep takes what stays behind; what broke it off is the news
                files.delete(name)
        raise


def _in_parts(content: IO[bytes]) -> Iterator[bytes]:
    while part := content.read(PART):
        yield part


def _put_off(database: Database, clock: Clock, claimed: Claim, error: Exception) -> None:
    outage = outage_of(error)
    facts = {"run": claimed.run_id, "try": claimed.tried}
    if outage is None:
        log.error("an export failed", extra=facts, exc_info=error)
    else:
        log.warning("an export is put off", extra={**facts, "why": outage.value})
    with database.transaction() as session:
        runs.put_off(session, clock(), claimed)
