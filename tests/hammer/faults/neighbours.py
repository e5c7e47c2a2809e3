"""The neighbours of the machine that are processes: Redis, and the database's server. One process makes them fail by
the script, and makes everything good again when its time is over, or its parent gone.

PostgreSQL is really gone (its connections are terminated, and it takes no others) or really frozen (its processes are
stopped). SQLite's file is held by somebody else.
"""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.hammer.faults.script import Script
from tests.redis_server import RedisServer
from tests.relay import Relay

Change = Callable[[bool], None]


class Neighbours:
    """A process that is all neighbours. `redis`: where the limits are counted."""

    def __init__(self, url: str, script: Script, opened_at: float) -> None:
        self._url = make_url(url)
        self._script = script
        self._opened_at = opened_at
        reads, writes = os.pipe()
        self._crew = os.getpid()
        self._pid = os.fork()
        if not self._pid:
            self._live(writes)
        with os.fdopen(reads) as said:
            os.close(writes)
            self.redis = f"redis://127.0.0.1:{int(said.readline())}/0"

    def end(self) -> None:
        """Everything is well again, and the process over."""
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)

    def _live(self, writes: int) -> None:
        code = 1
        try:
            self._fail_by_script(writes)
            code = 0
        finally:
            os._exit(code)

    def _fail_by_script(self, writes: int) -> None:
        over: list[bool] = []
        signal.signal(signal.SIGTERM, lambda *_: over.append(True))
        with RedisServer() as redis, Relay(redis.port) as relay, ExitStack() as healed:
            os.write(writes, f"{relay.port}\n".encode())
            changes = _of_redis(redis, relay) | (healed.enter_context(_of_database(self._url)))
            failing: set[str] = set()
            while not over and os.getppid() == self._crew:
                second = monotonic() - self._opened_at
                wanted = {kind for kind in changes if self._script.at(kind, second)}
                for kind in wanted ^ failing:
                    changes[kind](kind in wanted)
                failing = wanted
                sleep(0.01)
            for kind in failing:
                changes[kind](False)


def _of_redis(redis: RedisServer, relay: Relay) -> dict[str, Change]:
    def set_to(event: object) -> Change:
        return lambda fails: event.set() if fails else event.clear()  # type: ignore[attr-defined]

    return {
        "redis_away": lambda fails: relay.refuse() if fails else relay.accept(),
        "redis_hangs": set_to(relay.silent),
        "redis_full": set_to(redis.full),
    }


@contextmanager
def _of_database(url: URL) -> Iterator[dict[str, Change]]:
    if url.get_backend_name() == "sqlite":
        with _file(url.database or "") as hold:
            yield {"sqlite_held": hold}
        return
    with _Server(url) as server:
        yield {"postgres_away": server.away, "postgres_frozen": server.frozen}


@contextmanager
def _file(path: str) -> Iterator[Change]:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)

    def hold(fails: bool) -> None:
        connection.execute("BEGIN IMMEDIATE" if fails else "ROLLBACK")

    yield hold
    connection.close()


class _Server:
    """The server of one database, by a connection to another one of it."""

    def __init__(self, url: URL) -> None:
        self._name = sql.Identifier(url.database or "")
        self._literal = sql.Literal(url.database or "")
        self._connection = psycopg.connect(
            host=url.query["host"], user=url.username, dbname="postgres", autocommit=True
        )
        self._stopped: list[int] = []

    def __enter__(self) -> "_Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.frozen(False)
        self._allow(True)
        self._connection.close()

    def away(self, fails: bool) -> None:
        """Hang up on everybody, and take nobody in."""
        self._allow(not fails)
        if fails:
            asked = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
            self._connection.execute(asked.format(self._literal))

    def frozen(self, fails: bool) -> None:
        """Nobody answers: neither who serves, nor who lets in."""
        if fails:
            asked = sql.SQL("SELECT pid FROM pg_stat_activity WHERE datname = {}").format(self._literal)
            serving = [pid for (pid,) in self._connection.execute(asked).fetchall()]
            self._stopped = [_parent(self._connection.info.backend_pid), *serving]
        for pid in self._stopped:
            _signal(pid, signal.SIGSTOP if fails else signal.SIGCONT)

    def _allow(self, allowed: bool) -> None:
        word = sql.SQL("true" if allowed else "false")
        self._connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(self._name, word))


def _parent(pid: int) -> int:
    """The postmaster of a server's process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
