"""Faults of a neighbour that pass by themselves: the database, the disk or the bucket does not do its work now.

Who asked may come again; nothing of ours has to be mended. Everything else that goes wrong is a fault of ours.
"""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

RETRY_SECONDS = 5
"""When to come again: what was away is looked for at least that often."""


class Outage(StrEnum):
    """What a neighbour cannot do now."""

    AWAY = "away"
    """It does not answer, or has hung up."""
    BUSY = "busy"
    """It answers, but others were before us for longer than we wait."""
    READ_ONLY = "read_only"
    """It takes nothing in."""
    FULL = "full"
    """It has no room."""


class NoAnswer(Exception):
    """A neighbour that is no database does not answer; the message names it."""


_BY_ERRNO = {
    errno.ENOSPC: Outage.FULL,
    errno.EDQUOT: Outage.FULL,
    errno.EROFS: Outage.READ_ONLY,
    errno.EIO: Outage.AWAY,  # a fault of the disk
}

# SQLite's result codes: https://www.sqlite.org/rescode.html
_BY_SQLITE = {
    5: Outage.BUSY,
    6: Outage.BUSY,  # a table, by ourselves
    8: Outage.READ_ONLY,
    10: Outage.AWAY,  # a fault of the disk
    13: Outage.FULL,
    14: Outage.AWAY,  # the file cannot be opened
    15: Outage.BUSY,
}

# PostgreSQL's: https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_SQLSTATE = {
    "25006": Outage.READ_ONLY,
    "25P03": Outage.BUSY,  # the transaction did nothing for too long
    "40001": Outage.BUSY,
    "40P01": Outage.BUSY,
    "53100": Outage.FULL,
    "55P03": Outage.BUSY,
    "57014": Outage.BUSY,  # the statement took too long
}
_BY_SQLSTATE_CLASS = {"08": Outage.AWAY, "53": Outage.BUSY, "57": Outage.AWAY, "58": Outage.AWAY}


def outage_of(error: BaseException | None) -> Outage | None:
    """What a neighbour cannot do now, if that is why this happened; None where it is a fault of ours.

    That a transaction which may only read wrote nothing is ours: the database that only reads is known by its
    connection, which was given up (see `portal.db`).
    """
    if isinstance(error, NoAnswer):
        return Outage.AWAY
    if isinstance(error, NoConnectionFree):
        return Outage.BUSY
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0)
    if not isinstance(error, DBAPIError):
        return None
    found = of_database(error.orig)
    return None if found is Outage.READ_ONLY and not error.connection_invalidated else found


def of_database(error: BaseException | None) -> Outage | None:
    """The same of what a database's driver raised."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return _BY_SQLITE.get(code & 0xFF)  # the rest tells more of the same
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return _BY_SQLSTATE.get(state) or _BY_SQLSTATE_CLASS.get(state[:2])
    unanswered = type(error).__module__.startswith("psycopg") and type(error).__name__ == "OperationalError"
    return Outage.AWAY if unanswered else None


@contextmanager
def passing_over(log: logging.Logger, said: str, **facts: object) -> Iterator[None]:
    """What one job of several meets is that job's: the next ones go on. An outage is a line in the log, anything else a
    trace."""
    try:
        yield
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            log.exception(said, extra=facts)
        else:
            log.warning(said, extra={**facts, "why": outage.value})
