"""The sandboxes' databases: a small file a day for each agency, apart from everything that is real (ADR 84).

What happens there reaches nobody: no worker looks into it, no carrier sends from it, no report counts it, and its
receipts are signed with a key that no page of ours vouches for. Who opens the first one of a day deletes the former
ones.
"""

import fcntl
import os
import shutil
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock

from ...adapters.storage.files import FolderFiles
from ...clock import local_day
from ...crypto import Signer, Vault, digest
from ...db import Database, known_revisions, migrate
from . import world

FOLDER = "sandbox"
_OPEN_AT_ONCE = 20
_PURPOSE = "sandbox receipts"


class Sandboxes:
    """The sandboxes of one process; other processes share their files."""

    def __init__(self, folder: Path, vault: Vault, signer: Signer) -> None:
        self._folder = folder / FOLDER
        self._vault = vault
        self._signer = signer.of_purpose(_PURPOSE)
        self._open: OrderedDict[str, Database] = OrderedDict()
        self._lock = Lock()

    def of(self, agency_id: int, now: datetime) -> Database:
        """The sandbox of an agency on this day; the first who asks on a day finds it new."""
        name = f"{self._stem(agency_id, now)}.db"
        with self._lock:
            found = self._open.get(name)
            if found is None:
                found = self._open[name] = self._opened(name, now)
            self._open.move_to_end(name)
            while len(self._open) > _OPEN_AT_ONCE:
                self._open.popitem(last=False)[1].dispose()
        return found

    def files_of(self, agency_id: int, now: datetime) -> FolderFiles:
        """Where the files of that sandbox lie: they go with its day."""
        return FolderFiles(self._folder / f"{self._stem(agency_id, now)}-files", self._vault)

    def dispose(self) -> None:
        """Close all of them."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].dispose()

    def empty_file(self) -> Path:
        """Where the database lies that every sandbox begins as: what the migrations make, and nothing in it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"empty-{self._kind()}.db"

    def prepare(self) -> None:
        """Make the empty database ahead, so that the first who asks after an upgrade does not wait for the migrations;
        those of former versions are deleted."""
        self._folder.mkdir(parents=True, exist_ok=True)
        empty = self.empty_file()
        with _alone(self._folder):
            if not empty.exists():
                self._migrate(empty)
            for former in self._folder.glob("empty-*.db"):
                if former != empty:
                    former.unlink(missing_ok=True)

    def _migrate(self, empty: Path) -> None:
        fresh = empty.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        migrate(f"sqlite:///{fresh}", vault=self._vault)
        fresh.replace(empty)

    def _stem(self, agency_id: int, now: datetime) -> str:
        return f"{local_day(now).isoformat()}-{agency_id}-{self._kind()}"

    def _kind(self) -> str:
        """Files of another schema, or under other keys, are none of this process's."""
        return digest(" ".join([known_revisions()[-1], *self._vault.index_marks, *self._vault.data_marks]))[:8]

    def _opened(self, name: str, now: datetime) -> Database:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        with _alone(self._folder):
            if not path.exists():
                self._make(path, now)
                delete_old(self._folder, now)
        return self._database(path)

    def _make(self, path: Path, now: datetime) -> None:
        """Whole or not at all: a file gets its name when everything stands in it."""
        empty, fresh = self.empty_file(), path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        if not empty.exists():
            self._migrate(empty)
        shutil.copyfile(empty, fresh)
        database = self._database(fresh)
        try:
            with database.transaction() as session:
                world.make(session, now)
        finally:
            database.dispose()
        fresh.replace(path)

    def _database(self, path: Path) -> Database:
        return Database(f"sqlite:///{path}", self._vault, self._signer)


def delete_old(folder: Path, now: datetime) -> int:
    """Delete the sandboxes of former days and of former versions; how many files those were."""
    today = local_day(now).isoformat()
    old = [path for path in folder.glob("*-*") if not path.name.startswith((today, "empty-"))]
    for path in old:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(old)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process makes a sandbox, and the others find it."""
    with os.fdopen(os.open(folder / ".making", os.O_RDWR | os.O_CREAT, 0o600)) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
