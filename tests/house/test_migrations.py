"""The migrations build exactly what the models describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from portal.db import Database, alembic_config, migrate
from portal.models import Base
from tests.databases import Dialect, Migrated


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
    with migrated.empty(dialect) as url:
        migrate(url)
        engine = create_engine(url)
        assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
        engine.dispose()


def test_history_is_one_line() -> None:
    """Two heads mean that two changes were made side by side and nobody decided which comes first."""
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1
