"""The reporting views as they stand in a database: `reporting.deals` on PostgreSQL, `reporting_deals` on SQLite, which
has no schemas.

They hold nothing, so no migration makes them: they go before the tables beneath them change, and come back behind the
last change.
"""

import logging

from sqlalchemy import Connection

from . import reader
from .views import VIEWS, View

log = logging.getLogger(__name__)

SCHEMA = "reporting"


def name_of(view: View, dialect: str) -> str:
    """How a view is called in a query."""
    return f"{SCHEMA}_{view.name}" if dialect == "sqlite" else f"{SCHEMA}.{view.name}"


def take_down(connection: Connection) -> None:
    """Take the views away, before the tables beneath them change."""
    if connection.dialect.name == "postgresql" and not _there(connection):
        return
    for view in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name_of(view, connection.dialect.name)}")


def put_up(connection: Connection) -> None:
    """Put the views there as this version has them, for whom they are.

    Where the role that migrates may make no schema there are none, and `portal reporting grant` says so.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql" and not _there(connection):
        if not connection.exec_driver_sql("SELECT has_database_privilege(current_database(), 'CREATE')").scalar():
            log.warning("no reporting views: this role may make no schema")
            return
        connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
    for view in VIEWS:
        name, query = name_of(view, dialect), view.query(dialect)
        if dialect == "sqlite":
            connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
            connection.exec_driver_sql(f"CREATE VIEW {name} AS {query}")
        else:
            connection.exec_driver_sql(f"CREATE OR REPLACE VIEW {name} WITH (security_barrier) AS {query}")
    if dialect == "postgresql" and reader.exists(connection):
        reader.let_read(connection)


def _there(connection: Connection) -> bool:
    found = connection.exec_driver_sql(f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'")  # noqa: S608 - names of ours
    return found.first() is not None
