"""Databases for tests: built once by the real migrations, then copied.

A copy costs a millisecond on SQLite (a file), so that a test may have one of its own, commit to it and race on it. On
PostgreSQL it is eight hundred files, and a third of a second of the machine's time: there a copy is emptied when it
comes back, and lent again, as long as its schema is what the migrations made.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Compiled

from portal.config import Config
from portal.db import Database, migrate
from portal.session import Session
from tests.lock_order import watch
from tests.postgres import Postgres

Made = TypeVar("Made")
Dialect = Literal["sqlite", "postgresql"]
DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")
_NOBODY = 65534
_TEMPLATE = "template_migrated"
_LENT_AT_MOST = 30
"""How often a copy is lent: what was deleted leaves holes behind."""


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine for this test alone. A test that fails lets go of it too, or its connections make others fail."""
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def as_another_user(file: Path) -> Iterator[None]:
    """Who may read the file and not write it. Root may do everything, so for a moment we are not root."""
    root = os.geteuid() == 0
    ours = Path(tempfile.gettempdir())
    for folder in file.parents if root else ():
        if ours in folder.parents:
            folder.chmod(0o755)
    file.chmod(0o444)
    try:
        if root:
            os.seteuid(_NOBODY)
        yield
    finally:
        if root:
            os.seteuid(0)
        file.chmod(0o600)


class Written(dict[tuple[Any, ...], Compiled]):
    """What SQLAlchemy made of statements, for all engines of a kind of database: by itself each engine writes all of
    them anew, and a worker has a dozen."""

    def get(self, asked: tuple[Any, ...], otherwise: Any = None) -> Any:
        return super().get(_by_kind(asked), otherwise)

    def __setitem__(self, asked: tuple[Any, ...], compiled: Compiled) -> None:
        super().__setitem__(_by_kind(asked), compiled)


def _by_kind(asked: tuple[Any, ...]) -> tuple[Any, ...]:
    """The first of what SQLAlchemy asks by is the one engine's dialect."""
    dialect, *rest = asked
    return (dialect.name, *rest)


def unsafe_but_fast(engine: Engine) -> None:
    """From now on SQLite does not wait for the disk: a test's database need not outlive a power cut."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        engine.dispose()


def open_database(config: Config) -> Database:
    """A database as tests want it: in no fear of a power cut, and with an eye on the order of its locks."""
    database = Database(config.url, config.vault(), config.signer(), config.money_limits())
    watch(database.engine)
    unsafe_but_fast(database.engine)
    return database


@contextmanager
def rolled_back(database: Database) -> Iterator[Session]:
    """A session whose work is rolled back at the end, even what it commits."""
    with (
        database.engine.connect() as connection,
        connection.begin() as outer,
        database.session() as session,
    ):
        session.bind = connection
        session.join_transaction_mode = "create_savepoint"
        session.reading, session.memory = lambda: nullcontext(session), {}  # nothing of this is ever committed
        yield session
        session.close()
        outer.rollback()


class Migrated:
    """Copies of a migrated database. The PostgreSQL server starts with the first copy that wants it.

    `shared` is the folder of all workers of this run: SQLite's migrations run once for all of them.
    """

    def __init__(self, folder: Path, shared: Path, resources: ExitStack) -> None:
        self._folder = folder
        self._shared = shared
        self._resources = resources
        self._numbers = count(1)
        self._idle: list[tuple[str, int]] = []
        self._places: list[Path] = []

    @contextmanager
    def copy(self, dialect: Dialect) -> Iterator[str]:
        """The address of a fresh copy, which is removed at the end. Dispose of its engines first."""
        if dialect == "sqlite":
            path = self._places.pop() if self._places else self._folder / f"copy_{next(self._numbers)}.db"
            self.lay(path)
            yield f"sqlite:///{path}"
            self.clear(path)
            self._places.append(path)
        else:
            server, (name, lent) = self._postgres, self._idle.pop() if self._idle else (self._made(), 1)
            yield server.url(name)
            if lent < _LENT_AT_MOST and server.emptied(name, self._schema):
                self._idle.append((name, lent + 1))
            else:
                server.drop(name)

    def _made(self) -> str:
        name = f"copy_{next(self._numbers)}"
        self._postgres.create(name, _TEMPLATE)
        return name

    def lay(self, path: Path) -> None:
        """Put a fresh SQLite copy at this place, where nothing is, or one that nobody has open any more."""
        self.clear(path)
        shutil.copyfile(self._sqlite_template, path)

    def clear(self, path: Path) -> None:
        """Remove a SQLite database with what lies beside it."""
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()

    @contextmanager
    def empty(self, dialect: Dialect) -> Iterator[str]:
        """The address of a database that no migration has touched yet."""
        name = f"empty_{next(self._numbers)}"
        if dialect == "sqlite":
            yield f"sqlite:///{self._folder / name}.db"
        else:
            yield self._server.create(name)
            self._server.drop(name)

    @cached_property
    def _sqlite_template(self) -> Path:
        path, being_made = (self._shared / f"{_TEMPLATE}{state}" for state in (".db", ".being-made"))
        with (self._shared / f"{_TEMPLATE}.lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if not path.exists():
                being_made.unlink(missing_ok=True)
                migrate(f"sqlite:///{being_made}")
                being_made.rename(path)
        return path

    @cached_property
    def _server(self) -> Postgres:
        return self._resources.enter_context(Postgres())

    @cached_property
    def _schema(self) -> str:
        return self._postgres.schema(_TEMPLATE)

    @cached_property
    def _postgres(self) -> Postgres:
        """The server, with the template in it."""
        migrate(self._server.create(_TEMPLATE))
        return self._server


class Databases:
    """Databases that are opened once and lent to one test after another, each time over a fresh copy.

    What SQLAlchemy made of a statement belongs to the engine that ran it. With a new one for each test, a fifth of the
    time went into writing the same statements anew. What a test changes in its database is undone; one whose engines
    it listens to is lent to nobody else.
    """

    def __init__(self, migrated: Migrated) -> None:
        self._migrated = migrated
        self._idle: dict[tuple[str, Config], Database] = {}

    @contextmanager
    def lend(self, dialect: Dialect, config: Config) -> Iterator[Database]:
        """A database of this test's own: commit, race, open as many connections as you like."""
        with self._migrated.copy(dialect) as url:
            kind = (url, replace(config, data_dir=Path(), database_url="", base_url=""))
            database = self._idle.pop(kind, None) or open_database(replace(config, database_url=url))
            made_of, listening = dict(vars(database)), _listeners(database)
            yield database
            vars(database).clear()
            vars(database).update(made_of)
            database.memory.clear()
            database.dispose()
            if _listeners(database) == listening:
                self._idle[kind] = database


class Worlds:
    """What many tests begin with, made by services once a worker: on SQLite it is laid down as a file from then on."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, Any]] = {}

    def begin(self, name: str, database: Database, build: Callable[[Database], Made]) -> Made:
        """Let a database that nobody has open hold the world of this name; what `build` gave is for looking alone."""
        if database.engine.dialect.name != "sqlite":
            return build(database)
        file = Path(database.engine.url.database or "")
        if name not in self._kept:
            made = build(database)
            _let_go(database)
            self._kept[name] = file.read_bytes(), made
        else:
            _let_go(database)
            file.write_bytes(self._kept[name][0])
        found: Made = self._kept[name][1]
        return found


def _let_go(database: Database) -> None:
    """Close its connections; the last one brings everything into the file itself."""
    database.engine.dispose()
    database.reader.dispose()


def _listeners(database: Database) -> list[int]:
    """How many listen to each event of its engines and their connections."""
    engines = [engine.dispatch for engine in (database.engine, database.reader)]
    pools = [engine.pool.dispatch for engine in (database.engine, database.reader)]
    return [
        len(getattr(dispatch, name))
        for kind in (engines, pools)
        for name in kind[0]._event_names  # a reader that shares its engine's pool has no names of its own
        for dispatch in kind
    ]
