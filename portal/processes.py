"""Which processes have this database open, and which index keys they hold: said by each, for as long as it lives.

On PostgreSQL the name of each connection says it, on SQLite a locked file beside the database: both go with the
process, however it ends. Keys are said by the first letters of their marks.
"""

import fcntl
import os
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine, make_url, text

_LETTERS = 8
_PROGRAM = "portal"
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
_OTHERS = text(
    "SELECT pid || coalesce(' from ' || host(client_addr), '') FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name LIKE 'portal %' AND position(:name IN application_name) = 0 ORDER BY pid"
)


def name_of(marks: Iterable[str]) -> str:
    """What a process with these index keys calls its connections."""
    return f"{_PROGRAM} {'+'.join(mark[:_LETTERS] for mark in marks)}"


def announce(whose: object, url: str, marks: Iterable[str]) -> Callable[[], object]:
    """Say beside SQLite's file which index keys this process holds, for as long as `whose` is there or until what is
    returned is called."""
    path = _beside(url)
    if path is None:
        return _said_nothing
    try:
        file = os.open(f"{path}.keys-{'+'.join(sorted(mark[:_LETTERS] for mark in marks))}", _FLAGS, 0o600)
    except OSError:  # a folder that takes nothing in: who may not write makes no digests
        return _said_nothing
    with suppress(BlockingIOError):  # somebody looks just now whether it is held
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return weakref.finalize(whose, os.close, file)


def without(engine: Engine, mark: str) -> list[str]:
    """The processes that do not hold this index key, as an operator finds them."""
    path = _beside(engine.url.render_as_string())
    if path is None:
        with engine.connect() as connection:
            return list(connection.scalars(_OTHERS, {"name": mark[:_LETTERS]}))
    held = sorted(path.parent.glob(f"{path.name}.keys-*"))
    return [str(file) for file in held if mark[:_LETTERS] not in file.name and _is_held(file)]


def _beside(url: str) -> Path | None:
    """SQLite's file; None of PostgreSQL, and of a database in memory."""
    address = make_url(url)
    at = address.database if address.get_backend_name() == "sqlite" else None
    return Path(at) if at and at != ":memory:" else None


def _said_nothing() -> None:
    """There was nothing to say, and nothing is taken back."""


def _is_held(file: Path) -> bool:
    with file.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
