"""How Alembic runs a migration: in one transaction, on the engine that the portal itself would use."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from portal import models
from portal.db import open_engine
from portal.services.reporting import schema as reporting
from portal.types import BigInt, Json, UtcDateTime

target_metadata = models.Base.metadata


def our_types(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our column types by their names."""
    if kind != "type":
        return False
    for name, known in (("BigInt", BigInt), ("Json", Json)):
        if item is known:
            autogen.imports.add(f"from portal.types import {name}")
            return name
    if isinstance(item, UtcDateTime):
        autogen.imports.add("from portal.types import UtcDateTime")
        return "UtcDateTime()"
    return False


def run() -> None:
    """Migrate the database that `portal.db.alembic_config` names."""
    engine = open_engine(context.config.attributes["url"])
    try:
        with engine.connect() as connection:
            _rest_foreign_keys(connection)
            context.configure(connection=connection, target_metadata=target_metadata, render_item=our_types)
            with context.begin_transaction():
                reporting.take_down(connection)
                context.run_migrations()
                if context.get_context().get_current_revision() == context.script.get_current_head():
                    reporting.put_up(connection)
                _look_at_foreign_keys(connection)
            connection.commit()
    finally:  # a migration may refuse, and who asked for it lives on
        engine.dispose()


def _rest_foreign_keys(connection: Connection) -> None:
    """SQLite changes a table by writing it anew, and dropping the old one must not touch the rows that refer to it.
    That can be said only before a transaction begins."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")


def _look_at_foreign_keys(connection: Connection) -> None:
    """What rested is made up for, before the commit."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RuntimeError(f"a row refers to nothing: {tuple(broken)}")


run()
