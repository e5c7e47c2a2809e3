"""When what is stored was checked, and what was found: the files, and the database's own file.

Each night the worker looks at all of it, in portions, so that nothing else waits: how far it is stands in the database,
where the next look goes on, whichever worker makes it. `portal files verify` does the same at once.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ...models import JobRun
from ...session import Session
from .checks import Wrong

log = logging.getLogger(__name__)


FILES, UNDER_WAY, DATABASE = "files", "files_check", "database_check"
"""Under these names it is noted what was found of all files, how far the look of this night is, and what the database
says of its own file."""


AT_ONCE = 100
"""Files between two notes."""


MOST_NAMED = 20
"""Faults that are kept by row; the others are counted."""


@dataclass(frozen=True, slots=True)
class FilesRun:
    """A whole look at the files: when it ended, how many there are, and how many are wrong in which way."""

    at: datetime
    checked: int
    nobodys: int
    wrong: Mapping[Wrong, int]

    @property
    def faults(self) -> int:
        return sum(self.wrong.values())


@dataclass(frozen=True, slots=True)
class DatabaseRun:
    """When the database's file was checked, and what is wrong with it; nothing of PostgreSQL, which checks its own."""

    at: datetime
    fault: str


def last_files(session: Session) -> FilesRun | None:
    """The latest whole look at the files."""
    run = session.get(JobRun, FILES)
    if run is None:
        return None
    wrong = {kind: run.found["wrong"].get(kind, 0) for kind in Wrong}
    return FilesRun(run.ran_at, run.found["checked"], run.found["nobodys"], wrong)


def last_database(session: Session) -> DatabaseRun | None:
    """The latest look at the database's own file."""
    run = session.get(JobRun, DATABASE)
    return None if run is None else DatabaseRun(run.ran_at, run.found["fault"])
