"""The faults of a worker's own machine: its disk, and its clock.

They come where the real ones come: out of the calls that write a file and bring it to the disk, out of the database's
own statements (SQLite's limit on pages, its and PostgreSQL's read-only connections, PostgreSQL's error of a full disk),
and out of the one function that asks for the time. A connection that was opened, or used, while everything was
read-only stays so for good, as real ones do: who does not give it up never writes again.
"""

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Engine, event

from portal import clock
from portal.adapters.storage import files
from portal.db import Database
from tests.hammer.faults.script import Fault, Script

_NO_LIMIT = 2**31 - 1
_SLOW = (0.05, 0.4)
_OFTEN = 0.5
"""How often a call fails while the disk does; and how often a statement of PostgreSQL's."""
_WRITES = ("INSERT", "UPDATE", "DELETE")
_NO_ROOM = "DO $$BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END$$"


class Machine:
    """One host, on which one worker works. `own_clock_counts`: whether its clock may be off (with PostgreSQL that of
    some hosts is, with SQLite that of the only one)."""

    def __init__(self, script: Script, random: Random, opened_at: float, *, own_clock_counts: bool) -> None:
        self._script = script
        self._random = random
        self._opened_at = opened_at
        self._own_clock_counts = own_clock_counts

    def fault(self, kind: str) -> Fault | None:
        """The fault of this kind that there is now."""
        return self._script.at(kind, monotonic() - self._opened_at)

    def dice(self, share: float = _OFTEN) -> bool:
        """Now and then."""
        return self._random.random() < share

    def take_over(self, database: Database) -> None:
        """From now on this process works on this machine."""
        if not self._script.faults:
            return
        files.os = _Calls(self)  # type: ignore[attr-defined]
        if self._own_clock_counts:
            clock.now = lambda: datetime.now(UTC) + self._off()
        if database.engine.dialect.name == "sqlite":
            _fail_sqlite(self, database.engine)
        else:
            _fail_postgres(self, database.engine)

    def _off(self) -> timedelta:
        fault = self.fault("clock")
        return timedelta(hours=fault.hours if fault else 0)


class _Calls:
    """The module `os`, as far as files are written by it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Any, flags: int, *given: Any) -> int:
        """A disk that only reads, or has no room for another name."""
        if flags & (os.O_WRONLY | os.O_RDWR) and self._machine.fault("disk_read_only"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        if flags & os.O_CREAT and self._machine.fault("disk_full") and self._machine.dice():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.open(path, flags, *given)

    def fsync(self, descriptor: int) -> None:
        """A disk that has no room, is broken, or takes its time."""
        for kind, number in (("disk_full", errno.ENOSPC), ("disk_fails", errno.EIO)):
            if self._machine.fault(kind) and self._machine.dice():
                raise OSError(number, os.strerror(number))
        if self._machine.fault("disk_slow"):
            sleep(self._machine._random.uniform(*_SLOW))
        os.fsync(descriptor)


def _fail_sqlite(machine: Machine, engine: Engine) -> None:
    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        if machine.fault("disk_full"):
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
            record.info["full"] = True
        elif record.info.pop("full", False):
            connection.execute(f"PRAGMA max_page_count = {_NO_LIMIT}")
        if machine.fault("disk_read_only"):
            connection.execute("PRAGMA query_only = ON")


def _fail_postgres(machine: Machine, engine: Engine) -> None:
    @event.listens_for(engine, "checkout")
    def taken(connection: Any, _record: Any, _proxy: Any) -> None:
        if machine.fault("disk_read_only"):
            connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            connection.commit()

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def asked(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> Any:
        full = not many and statement.lstrip().startswith(_WRITES) and machine.fault("disk_full") and machine.dice()
        return (_NO_ROOM, ()) if full else (statement, parameters)


Clock = Callable[[], datetime]
