"""Fresh, migrated databases with the product's own durability, on this machine's disk: several beside each other."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.config import Config
from portal.db import Database, migrate
from tests.databases import Dialect
from tests.postgres import Postgres

Maker = Callable[[str], Database]
"""Gives a new database by its name."""


@contextmanager
def databases(dialect: Dialect, secrets: dict[str, str]) -> Iterator[Maker]:
    """A maker of databases that share these secrets; all are gone at the end."""
    with ExitStack() as opened:
        address = opened.enter_context(_server() if dialect == "postgresql" else _folder())

        def made(name: str) -> Database:
            url = address(name)
            migrate(url)
            config = Config(database_url=url, **secrets)
            database = Database(config.url, config.vault(), config.signer())
            opened.callback(database.dispose)
            return database

        yield made


def settle(database: Database) -> None:
    """Let PostgreSQL know what it holds, as its own housekeeping would in time; SQLite needs none."""
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


@contextmanager
def _server() -> Iterator[Callable[[str], str]]:
    with Postgres(durable=True) as server:
        yield server.create


@contextmanager
def _folder() -> Iterator[Callable[[str], str]]:
    with TemporaryDirectory(prefix="portal-bench-") as folder:
        yield lambda name: f"sqlite:///{Path(folder) / name}.db"
