"""How long is waited for PostgreSQL, and who waits.

Nobody waits for ever: not for a connection, not for a lock, not for a server that has stopped answering. And when one
has waited in vain the others do not: for a second everybody else is told at once that the database is away, and one
tries again. So a page costs no thread while the database is down, and is back within a second or two when it is up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

import psycopg
from psycopg.errors import _WaitTimeout
from sqlalchemy import Engine, event

CONNECT_SECONDS = 3
_SLACK_SECONDS = 1
"""The server ends what takes too long; a server that is later than this has stopped answering."""
_PAUSE_SECONDS = 1
"""Between two looks for a database that is away."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds are waited for one statement, for a lock, and for a connection of ours that is free; and how
    long a transaction may do nothing."""

    statement: int
    lock: int
    free: int
    idle: int


PAGES = Patience(statement=5, lock=5, free=5, idle=60)
"""Somebody looks at a screen."""
WORK = Patience(statement=1800, lock=30, free=30, idle=1800)
"""Commands and the worker."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is given up when the server has not answered for so long."""

    most: float | None = None
    when_silent: Callable[[], None] | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None or self.most is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.most)
        except _WaitTimeout as error:
            self.pgconn.finish()
            if self.when_silent is not None:
                self.when_silent()
            raise psycopg.OperationalError("the database has stopped answering") from error


def connect_arguments(patience: Patience) -> dict[str, Any]:
    """What libpq and the server are told, in libpq's own names."""
    settings = {
        "statement_timeout": patience.statement,
        "lock_timeout": patience.lock,
        "idle_in_transaction_session_timeout": patience.idle,
    }
    told = [f"-c {name}={seconds}s" for name, seconds in settings.items()]
    told.append(
        "-c TimeZone=UTC"
    )  # an instant is read as it is kept: in another zone a list of them costs a third more
    return {
        "options": " ".join(told),
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": 1000 * PAGES.statement,  # what was sent and not taken
        "keepalives_idle": 5,  # a cable that was pulled out is noticed within eleven seconds
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }


class CircuitBreaker:
    """Who looks for the database when it was away: one at a time, and none within a second of the one before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._away = False
        self._next_at = 0.0

    def of(self, engine: Engine, patience: Patience) -> None:
        """Let the engine open its connections so."""

        @event.listens_for(engine, "do_connect")
        def connect(_dialect: Any, _record: Any, cargs: Any, cparams: Any) -> BoundedConnection:
            self._ask_leave()
            try:
                connection = BoundedConnection.connect(*cargs, **cparams)
            except psycopg.OperationalError:
                self.failed()
                raise
            self._away = False
            connection.most = patience.statement + _SLACK_SECONDS
            connection.when_silent = self.failed
            return connection

    def failed(self) -> None:
        """The database did not answer."""
        with self._lock:
            self._away, self._next_at = True, monotonic() + _PAUSE_SECONDS

    def _ask_leave(self) -> None:
        if not self._away:
            return
        with self._lock:
            if self._away and monotonic() < self._next_at:
                raise psycopg.OperationalError("the database was away a moment ago")
            self._next_at = monotonic() + CONNECT_SECONDS + _PAUSE_SECONDS
