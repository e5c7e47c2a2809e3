"""What is said of an error that an operator can mend: of the database, the files, the settings, a rule that says no."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from commissions.refusal import Refusal

from ..adapters.storage.bucket import BucketUnavailable
from ..config import ConfigError
from ..crypto import IndexKeyForeign, SealBroken
from ..outages import NoAnswer
from ..rules.keys.starting import NAME_LENGTH

_NO_SCHEMA = {"42P01", "42703"}
"""PostgreSQL's words for a table or a column that is not there; SQLite says it in English."""


def said_of(error: Exception) -> str | None:
    """What to say of it; None where it is a fault of ours."""
    if isinstance(error, Refusal):
        from ..web.messages import say  # needs the web's words; only when a rule said no

        return say(error)
    if isinstance(error, SealBroken):
        why = f"PORTAL_DATA_KEYS lacks the key {error.no_key}" if error.no_key else "it was changed"
        return f"a sealed {error} does not open: {why}"
    if isinstance(error, IndexKeyForeign):
        return (
            f"PORTAL_INDEX_KEY is not the key in force here ({str(error)[:NAME_LENGTH]}…): another one took its place"
        )
    if isinstance(error, ConfigError | BucketUnavailable):
        return str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    if isinstance(error, NoAnswer):
        return f"{error} does not answer: {str(error.__cause__ or 'it said nothing').splitlines()[0]}"
    return _said_of_database(error)


def _said_of_database(error: Exception) -> str | None:
    if type(error).__module__.startswith("alembic."):  # whose import takes half a second
        return f"the database's schema cannot be brought up to date: {error}"
    if isinstance(error, PoolTimeout):
        return "the database has no connection free"
    cause = error.orig if isinstance(error, DBAPIError) else error
    if _lacks_schema(error, cause):
        return f"the database has no schema, or that of another version: run portal migrate ({cause})"
    if isinstance(error, OperationalError | InterfaceError):
        return f"the database does not answer: {cause}"
    if type(error) is DatabaseError or isinstance(error, sqlite3.Error):
        return f"the database cannot be used: {cause}"
    return None


def _lacks_schema(error: Exception, cause: object) -> bool:
    if isinstance(error, ProgrammingError):
        return getattr(cause, "sqlstate", None) in _NO_SCHEMA
    return isinstance(error, OperationalError) and str(cause).startswith(("no such table", "no such column"))
