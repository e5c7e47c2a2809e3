"""The migrations build exactly what the models describe, on both databases."""

from collections import Counter

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Pool, event, inspect, text

from portal.db import Database, alembic_config, migrate
from portal.models import Base
from tests.databases import Dialect, Migrated, opened


def drift(database: Database) -> list[object]:
    """What a migration would have to change for the database to be what the models describe."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)


def test_the_models_have_not_drifted_from_the_migrations(database: Database) -> None:
    assert drift(database) == []


def test_drift_is_found(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("ALTER TABLE people ADD COLUMN nickname TEXT"))
    assert "nickname" in str(drift(database))


def test_migrating_again_changes_nothing(database: Database) -> None:
    tables = inspect(database.engine).get_table_names()
    migrate(database.url)
    assert inspect(database.engine).get_table_names() == tables


def test_an_empty_database_becomes_the_portals(dialect: Dialect, migrated: Migrated) -> None:
    with migrated.empty(dialect) as url, opened(url) as engine:
        migrate(url)
        assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_a_migration_that_refuses_lets_go_of_the_database(dialect: Dialect, migrated: Migrated) -> None:
    """Whoever asked for it lives on, and a connection that nobody closes holds up whatever comes next."""
    met: Counter[str] = Counter()

    def made(*_: object) -> None:
        met["made"] += 1

    def closed(*_: object) -> None:
        met["closed"] += 1

    with migrated.copy(dialect) as url:
        event.listen(Pool, "connect", made)
        event.listen(Pool, "close", closed)
        try:
            with pytest.raises(NotImplementedError, match="restore a backup"):
                command.downgrade(alembic_config(url), "base")
        finally:
            event.remove(Pool, "connect", made)
            event.remove(Pool, "close", closed)
    assert met["made"] == met["closed"] > 0


def test_history_is_one_line() -> None:
    """Two heads mean that two changes were made side by side and nobody decided which comes first."""
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1
