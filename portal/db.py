"""The database: how it is opened, and the only place that commits.

SQLite needs care under writers: every writing transaction begins with BEGIN IMMEDIATE (a deferred one that
turns to writing fails at once with SQLITE_BUSY_SNAPSHOT), in WAL mode with full durability. Reading goes
through a second engine that cannot write at all, so that a page view never waits for a writer.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import IO, Any
from urllib.parse import quote
from weakref import WeakSet

from alembic import command
from alembic.config import Config as AlembicConfig
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, ExceptionContext, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from . import clock, processes
from .crypto import Signer, Vault
from .outages import Outage, of_database, outage_of
from .postgres import WORK, CircuitBreaker, Patience, connect_arguments
from .rules.payouts.limits import MoneyLimits
from .session import Session

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_WAIT = 60.0
"""So many seconds one `portal migrate` waits for another one."""
_PAUSE = 0.1
_ASKED_EVERY = 10.0
"""So many seconds PostgreSQL's clock is counted on before it is asked again."""
_STATEMENTS = 5_000
"""So many statements an engine keeps compiled. A walk over all pages asked 1,135 different ones; with SQLAlchemy's own
500 one page throws out what another asks."""
_MIGRATING = int.from_bytes(b"migrate")
"""The number of the line in which PostgreSQL lets migrations wait."""


class Database:
    """An opened database with its two engines: one that writes, one that only reads."""

    def __init__(
        self,
        url: str,
        vault: Vault,
        signer: Signer,
        limits: Mapping[str, int] | None = None,
        patience: Patience = WORK,
    ) -> None:
        self.url = url
        self.vault = vault
        self.signer = signer
        self.limits = MoneyLimits(**(limits or {}))
        breaker = CircuitBreaker()
        name = processes.name_of(vault.index_marks)
        self.engine = open_engine(url, patience=patience, breaker=breaker, name=name)
        self.reader = open_engine(url, read_only=True, patience=patience, breaker=breaker, name=name)
        self._leave = processes.announce(self, url, vault.index_marks)
        self.memory: dict[str, Any] = {}
        has_clock = self.engine.dialect.name == "postgresql"
        self._clock = _ServersClock(url, patience, breaker) if has_clock else None

    def now(self) -> datetime:
        """The present instant: the database's own, so that all hosts agree; SQLite has none but this machine's."""
        return clock.now() if self._clock is None else self._clock()

    def own_clock(self) -> datetime | None:
        """This machine's clock, where the database has one of its own to hold it against."""
        return None if self._clock is None else clock.now()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """The one transaction of an edge: committed at the end, rolled back by any exception."""
        with self.session() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that the database itself keeps from writing."""
        with self.session(read_only=True) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """`reading` of one instant throughout: query after query sees the same, whatever others commit meanwhile."""
        with self.reading() as session:
            if session.get_bind().dialect.name == "postgresql":  # SQLite's transactions do it anyway
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def session(self, *, read_only: bool = False) -> Session:
        """A session whose end is the caller's business."""
        return Session(
            self.reader if read_only else self.engine,
            vault=self.vault,
            signer=self.signer,
            limits=self.limits,
            reading=self.reading,
            memory=self.memory,
        )

    def outage(self) -> Outage | None:
        """What keeps the database from taking anything in: it is asked, and nothing is written. That others write just
        now is none."""
        try:
            if self.engine.dialect.name == "sqlite":
                return _sqlite_outage(self.engine.url.database or "")
            with self.engine.connect() as connection:
                only_reads = connection.scalar(text("SELECT current_setting('transaction_read_only')::bool"))
        except SQLAlchemyError as error:
            return outage_of(error) or Outage.AWAY
        return Outage.READ_ONLY if only_reads else None

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self.reader.dispose()
        self._leave()

    def processes_without(self, index_mark: str) -> list[str]:
        """Who has this database open and does not hold an index key, as an operator finds them."""
        return processes.without(self.engine, index_mark)


class _ServersClock:
    """PostgreSQL's clock: asked now and then, and counted on in between by a clock of this process that nobody sets."""

    def __init__(self, url: str, patience: Patience, breaker: CircuitBreaker) -> None:
        self._engine = create_engine(url, poolclass=NullPool, connect_args=connect_arguments(patience))
        breaker.of(self._engine, patience)
        self._asking = Lock()
        self._asked: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        """The server's instant. While it is away it is counted on; where it was never there, this machine's is told."""
        asked = self._asked
        if (asked is None or monotonic() - asked[1] > _ASKED_EVERY) and self._asking.acquire(blocking=asked is None):
            try:
                self._asked = asked = self._ask() or asked
            finally:
                self._asking.release()
        return clock.now() if asked is None else asked[0] + timedelta(seconds=monotonic() - asked[1])

    def _ask(self) -> tuple[datetime, float] | None:
        try:
            with self._engine.connect() as connection:
                said: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        except (DBAPIError, PoolTimeout):
            return None
        return said.astimezone(UTC), monotonic()


def open_engine(
    url: str,
    *,
    read_only: bool = False,
    patience: Patience = WORK,
    breaker: CircuitBreaker | None = None,
    name: str = "portal",
) -> Engine:
    """An engine with the settings that hold under concurrent writers and when the database is away. `name`: what
    PostgreSQL calls its connections."""
    kept: dict[str, Any] = {"pool_timeout": patience.free, "hide_parameters": True, "query_cache_size": _STATEMENTS}
    if make_url(url).get_backend_name() == "sqlite":
        given = {"timeout": patience.lock, "factory": _Tidy}
        engine = create_engine(url, connect_args=given, **kept)
        event.listen(engine, "connect", _sqlite_reader if read_only else _sqlite_writer)
        if read_only:
            event.listen(engine, "begin", _begin_deferred)
        else:
            _Turns(patience.lock).of(engine)
            event.listen(engine, "handle_error", _give_up_what_only_reads)
        return engine
    given = {**connect_arguments(patience), "application_name": name}
    engine = create_engine(url, connect_args=given, pool_pre_ping=True, **kept)
    (breaker or CircuitBreaker()).of(engine, patience)
    if read_only:
        return engine.execution_options(postgresql_readonly=True)
    event.listen(engine, "handle_error", _give_up_what_only_reads)
    return engine


def _give_up_what_only_reads(context: ExceptionContext) -> None:
    """A connection that was made while the file, or the server, took nothing in stays so for good. Ask for another one
    as often as needed: the first that can write goes on."""
    if of_database(context.original_exception) is Outage.READ_ONLY:
        context.is_disconnect = True


class Busy(Exception):
    """Somebody else changes the schema of this database just now."""


@contextmanager
def turn_to_migrate(url: str, wait: float) -> Iterator[None]:
    """Hold the only turn to change the schema, and to fill what is new in it. Raises Busy after so many seconds."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        with _advisory_lock(url, wait):
            yield
        return
    path = Path(f"{address.database}.migrating")  # beside the database: whoever is killed lets go of it
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600)) as file:
        until = monotonic() + wait
        while not _locked(file):
            if monotonic() >= until:
                raise Busy
            sleep(_PAUSE)
        yield


@contextmanager
def _advisory_lock(url: str, wait: float) -> Iterator[None]:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET lock_timeout = {max(1, round(wait * 1000))}")
        try:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATING})")
        except OperationalError as error:
            if isinstance(error.orig, LockNotAvailable):
                raise Busy from error
            raise
        yield  # the lock goes with the connection


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def known_revisions() -> list[str]:
    """The schema's revisions that this version knows, in their order: a migration's file begins with its number."""
    return sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def migrate(url: str, revision: str = "head", *, vault: Vault | None = None) -> None:
    """Bring the database's schema up to a revision. `vault` is for migrations that seal anew what rests there."""
    config = alembic_config(url)
    config.attributes["vault"] = vault
    command.upgrade(config, revision)


def alembic_config(url: str) -> AlembicConfig:
    """Alembic's configuration for a database, without a file."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def _sqlite_outage(path: str) -> Outage | None:
    """On a connection of its own: one that is kept may be older than what went wrong."""
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, timeout=1)) as connection:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        found = of_database(error) or Outage.AWAY
        return None if found is Outage.BUSY else found
    return None


class _Tidy(sqlite3.Connection):
    """A connection whose rollback also ends what was being read.

    Since Python 3.11 a result that an exception left half read stays open past the rollback, until it is collected.
    SQLite does not wait for the lock on behalf of a connection that still reads: its next BEGIN IMMEDIATE would fail
    at once with "database is locked" where it should wait for its turn.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, *given: Any, **named: Any) -> sqlite3.Cursor:  # type: ignore[override]  # as it is called
        cursor: sqlite3.Cursor = super().cursor(*given, **named)
        self._cursors.add(cursor)
        return cursor

    def rollback(self) -> None:
        for cursor in list(self._cursors):
            cursor.close()
        super().rollback()


def _sqlite_writer(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions: we say when, and which kind
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA recursive_triggers=ON")  # so that INSERT OR REPLACE meets the triggers against DELETE


def _sqlite_reader(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


class _Turns:
    """Writers of one process wait for their turn here. SQLite's own waiters look again after ever longer pauses:
    sixteen threads registered half as many clients again by this.

    It is a courtesy and no more: between processes SQLite decides. A turn ends with its transaction, or with its
    connection, where the transaction came to nothing: else every later writer would wait for it in vain.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._holder: Connection | None = None
        self._driver: object = None

    def of(self, engine: Engine) -> None:
        """Let the engine's transactions take turns."""
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "commit", self._end)
        event.listen(engine, "rollback", self._end)
        event.listen(engine, "checkin", self._back)
        event.listen(engine, "invalidate", self._back)

    def _begin(self, connection: Connection) -> None:
        mine = self._lock.acquire(timeout=self._seconds)
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            if mine:
                self._lock.release()
            raise
        if mine:
            self._holder, self._driver = connection, connection.connection.dbapi_connection

    def _end(self, connection: Connection) -> None:
        """Just before the commit, so that the next one is there when it is done."""
        if self._holder is connection:
            self._over()

    def _back(self, driver: object, *_: object) -> None:
        """The connection goes back to its pool, or is thrown away, whatever became of what it began."""
        if driver is not None and self._driver is driver:
            self._over()

    def _over(self) -> None:
        self._holder = self._driver = None
        self._lock.release()
