"""What every test may ask for: settings with fresh secrets, an instant, and a migrated database.

`session` is for one service after another: it sees a migrated database, and what the test did is rolled back.
`database` is for tests that commit, race or open several connections: a copy of its own. Both know SQLite and
PostgreSQL (`thinning` says which of them when). A page or a browser test uses `app`, on a SQLite file of its own.
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import Session

import tests.nightly  # noqa: F401 - how many examples a property tries
from portal import db
from portal.adapters.papers import typefaces
from portal.config import Config, new_secrets
from portal.db import Database
from portal.services.accounts import passwords
from portal.services.sandbox import opening
from portal.web.drawing.application import Portal
from tests.applications import Applications
from tests.clock import MovableClock
from tests.databases import DIALECTS, Databases, Dialect, Migrated, Worlds, Written, open_database, rolled_back
from tests.memory_folder import prefer_memory
from tests.thinning import thinned


def pytest_configure() -> None:
    """Look for garbage seldom: a worker holds all tests and the whole portal, and each look goes through them."""
    gc.set_threshold(200_000, 20, 50)
    prefer_memory()


def pytest_collection_finish() -> None:
    """What is there now stays until the end: no look at it is worth its time."""
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    thinned(config, items)


@pytest.fixture(scope="session")
def secrets() -> dict[str, str]:
    """One set of keys a run."""
    return new_secrets()


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """What hashes passwords in production. In tests it costs as little as can be: they try what happens around it."""
    real, passwords._hasher = passwords._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield real
    passwords._hasher = real


@pytest.fixture(scope="session", autouse=True)
def font_kept_open() -> Iterator[None]:
    """A process that serves lets go of the large font when it has drawn; a worker draws for hundreds of documents."""
    open_font = typefaces.opened_font
    with ExitStack() as until_the_end:
        typefaces.opened_font = cache(lambda: nullcontext(until_the_end.enter_context(open_font())))
        yield
    typefaces.opened_font = open_font


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(of_all_workers: Path) -> Iterator[None]:
    """What Jinja made of a template is kept for all workers of this run, and for every application that one makes."""
    folder = of_all_workers / "templates"
    folder.mkdir(exist_ok=True)
    options = Portal.jinja_options
    Portal.jinja_options = {**options, "bytecode_cache": FileSystemBytecodeCache(str(folder))}
    yield
    Portal.jinja_options = options


@pytest.fixture(scope="session", autouse=True)
def statements_written_once() -> Iterator[None]:
    """What SQLAlchemy made of a statement serves every database that a worker opens."""
    real = db.create_engine
    db.create_engine = partial(real, execution_options={"compiled_cache": Written()})  # type: ignore[assignment]
    yield
    db.create_engine = real


@pytest.fixture
def config(secrets: dict[str, str], tmp_path: Path) -> Config:
    """Settings as in development, with a data folder of this test's own.

    The clock of tests stands still, and jumps by days: nobody is too quick for a form, or idle. One hand may correct
    as much as it likes, and proves who it is once, when it signs in; the tests of the proof ask for it.
    """
    free = {"idle_minutes": 10**6, "idle_hours": 10**5, "correction_alone": 0, "step_up_minutes": 0}
    free["limits_storage"] = "memory://"  # nobody else knocks, and applications are lent over many folders
    return Config(data_dir=tmp_path, log_level="WARNING", form_seconds=0, **free, **secrets)


@pytest.fixture
def now() -> datetime:
    """An instant to hand to services and rules: a Tuesday, 10:00 in Shanghai."""
    return datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of this run have together."""
    ours = tmp_path_factory.getbasetemp()
    return ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, of_all_workers: Path) -> Iterator[Migrated]:
    """The maker of migrated databases; it holds the PostgreSQL server of this worker."""
    with ExitStack() as resources:
        yield Migrated(tmp_path_factory.mktemp("databases"), of_all_workers, resources)


@pytest.fixture(scope="session", autouse=True)
def sandboxes_begin_as_copies(migrated: Migrated) -> Iterator[None]:
    """What the migrations make of an empty file is made once for all workers, for the sandboxes' empty one as well.
    A portal that is started as a process of its own migrates really."""
    real = opening.migrate
    opening.migrate = lambda url, **_keys: migrated.lay(Path(url.removeprefix("sqlite:///")))
    yield
    opening.migrate = real


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """The database a test runs on; whoever asks runs on both."""
    return request.param


@pytest.fixture(scope="session")
def kept_open(migrated: Migrated, secrets: dict[str, str]) -> Iterator[Callable[[Dialect], Database]]:
    """Opens a database of its own that is there until the worker ends."""
    with ExitStack() as resources:

        def opened(dialect: Dialect) -> Database:
            url = resources.enter_context(migrated.copy(dialect))
            database = open_database(Config(database_url=url, correction_alone=0, **secrets))
            resources.callback(database.dispose)
            return database

        yield opened


@pytest.fixture(scope="session")
def shared(kept_open: Callable[[Dialect], Database]) -> Callable[[Dialect], Database]:
    """One database a dialect, opened when it is first wanted, on which tests leave nothing behind."""
    return cache(kept_open)


@pytest.fixture
def session(dialect: Dialect, shared: Callable[[Dialect], Database]) -> Iterator[Session]:
    """A session whose work is rolled back when the test ends, even what it commits."""
    with rolled_back(shared(dialect)) as session:
        yield session


@pytest.fixture(scope="session")
def worlds() -> Worlds:
    """What many tests begin with, made once a worker: `worlds.begin("twelve deals", database, build)`."""
    return Worlds()


@pytest.fixture(scope="session")
def databases(migrated: Migrated) -> Databases:
    """The databases of this worker, lent to its tests."""
    return Databases(migrated)


@pytest.fixture
def database(dialect: Dialect, databases: Databases, config: Config) -> Iterator[Database]:
    """A migrated database of this test's own: commit, race, open as many connections as you like."""
    with databases.lend(dialect, config) as database:
        yield database


@pytest.fixture
def clock(now: datetime) -> MovableClock:
    """The clock of `app`: it stands at `now` until the test moves it."""
    return MovableClock(now)


@pytest.fixture(scope="session")
def applications(migrated: Migrated, tmp_path_factory: pytest.TempPathFactory) -> Applications:
    """The applications of this worker, lent to its tests."""
    return Applications(migrated, tmp_path_factory.mktemp("applications"))


@pytest.fixture
def app(config: Config, applications: Applications, clock: MovableClock) -> Iterator[Flask]:
    """The real application over a migrated SQLite file of this test's own."""
    with applications.lend(config, clock) as app:
        yield app
