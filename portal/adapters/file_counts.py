"""Rate limits counted in a file, so that all processes of a host count together with no server beside the portal.

It is SQLite's, apart from the database: a count never waits for a writer there, nor a writer for a count. A count is
one statement of some microseconds, synced to the disk only now and then: what a power cut takes away are the last few.
It names nobody who knocked: keys are digests that the portal's secret makes, and go soon after their window.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from time import time

from limits.storage import Storage

_WAIT_SECONDS = 0.3
"""A count is worth no more of anybody's time, here and where others hold the file."""
_APART_SECONDS = 1.0
"""Who waited reads the clock before who counted meanwhile: that is no clock that was ahead."""
_TIDIED_EVERY = 256
"""So many counts of this process until it takes away what is over."""
_TIDIED_MOST = 2_000

_TABLE = """
CREATE TABLE IF NOT EXISTS counts (key BLOB PRIMARY KEY, count INTEGER NOT NULL, ends REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counts_ends ON counts (ends);
"""
_COUNT = """
INSERT INTO counts (key, count, ends) VALUES (:key, :amount, :now + :expiry)
ON CONFLICT (key) DO UPDATE SET
    count = iif(ends > :now AND ends <= :now + :expiry + :apart, count, 0) + :amount,
    ends = iif(ends > :now AND ends <= :now + :expiry + :apart, ends, :now + :expiry)
RETURNING count
"""
"""A window that ends later than it lasts was begun by a clock that was ahead: it would keep people out for as long."""
_OVER = "DELETE FROM counts WHERE key IN (SELECT key FROM counts WHERE ends <= ? LIMIT ?)"


class FileStorage(Storage):
    """Counts of `limits`, in one file for all processes of this host."""

    STORAGE_SCHEME = ["file"]  # noqa: RUF012 - as `limits` declares it

    def __init__(self, path: Path, secret: str) -> None:
        super().__init__()
        self._path = path
        self._secret = blake2b(secret.encode(), digest_size=32).digest()
        self._lock = Lock()
        self._opened: sqlite3.Connection | None = None
        self._counted = 0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return sqlite3.Error, OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        asked = {"key": self._digest(key), "amount": amount, "now": time(), "expiry": expiry, "apart": _APART_SECONDS}
        with self._connection() as connection:
            (count,) = connection.execute(_COUNT, asked).fetchall()[0]  # to its end: else it would hold the file
            self._counted += 1
            if self._counted % _TIDIED_EVERY == 0:
                connection.execute(_OVER, (time(), _TIDIED_MOST))
        return int(count)

    def get(self, key: str) -> int:
        return self._found(key)[0]

    def get_expiry(self, key: str) -> float:
        return self._found(key)[1]

    def check(self) -> bool:
        with self._connection() as connection:
            connection.execute("SELECT 1")
        return True

    def reset(self) -> int | None:
        with self._connection() as connection:
            return connection.execute("DELETE FROM counts").rowcount

    def clear(self, key: str) -> None:
        with self._connection() as connection:
            connection.execute("DELETE FROM counts WHERE key = ?", (self._digest(key),))

    def close(self) -> None:
        """Let go of the file; the next count opens it again."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    def _found(self, key: str) -> tuple[int, float]:
        """How many, and until when; none until now, where nobody counted."""
        now = time()
        with self._connection() as connection:
            rows = connection.execute("SELECT count, ends FROM counts WHERE key = ?", (self._digest(key),)).fetchall()
        return rows[0] if rows and rows[0][1] > now else (0, now)

    def _digest(self, key: str) -> bytes:
        return blake2b(key.encode(), key=self._secret, digest_size=16).digest()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """The one of this process: its threads come one after another, and none waits for long."""
        if not self._lock.acquire(timeout=_WAIT_SECONDS):
            raise sqlite3.OperationalError("others of this process count for too long")
        try:
            if self._opened is None:
                self._opened = self._open()
            yield self._opened
        finally:
            self._lock.release()

    def _open(self) -> sqlite3.Connection:
        """Not before the first count: a server forks its processes, and nobody takes a connection along."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))  # its owner's alone
        connection = sqlite3.connect(self._path, _WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(_TABLE)
        except sqlite3.Error:
            connection.close()
            raise
        return connection
