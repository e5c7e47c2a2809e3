"""Files on their way to a bucket: kept on this machine's disk first, and sent on by a thread.

A bucket may hang for seconds, and a file is written in the middle of a transaction: on SQLite everybody who writes
would wait for it, and without the bucket no photo could be taken in. So a file is kept here, sealed and durably, before
its row is committed, and what a process leaves behind another one sends. Whoever reads looks here first.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from itertools import chain
from pathlib import Path
from threading import Event, Lock, Thread
from typing import BinaryIO, Protocol

from ...crypto import KEY_ID_BYTES, key_id_of
from ...outages import NoAnswer
from .files import FileGone, Vault, check_name, context_of, new_name, write_whole

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 5
"""Between two tries while the bucket is away."""
_LOOK_SECONDS = 60
"""Between two looks for what other processes left behind."""


class Bucket(Protocol):
    """Where the files go in the end; its methods raise NoAnswer while it is away."""

    def put_sealed(self, name: str, sealed: bytes) -> None: ...

    def get(self, name: str) -> bytes: ...

    def delete(self, name: str) -> None: ...

    def written_before(self, instant: datetime) -> Iterator[str]: ...

    def key_of(self, name: str) -> str: ...

    def seal_anew(self, name: str) -> bool: ...


class SpooledFiles:
    """Files in a bucket that is never waited for by who writes."""

    def __init__(self, bucket: Bucket, folder: Path, vault: Vault) -> None:
        self._bucket = bucket
        self._folder = folder
        self._vault = vault
        self._wake, self._starting = Event(), Lock()
        self._sender: Thread | None = None
        if self.waiting():
            self._send_soon()

    def put(self, name: str, content: bytes) -> None:
        sealed = self._vault.seal(content, context_of(check_name(name)))
        self._write(self._folder / name, sealed)
        self._mark(name).unlink(missing_ok=True)
        self._send_soon()

    def get(self, name: str) -> bytes:
        try:
            sealed = (self._folder / check_name(name)).read_bytes()
        except FileNotFoundError:
            if self._mark(name).exists():
                raise FileGone(name) from None
            return self._bucket.get(name)
        return self._vault.open(sealed, context_of(name))

    def delete(self, name: str) -> None:
        """Gone for whoever reads; the bucket is told as soon as it answers."""
        path = self._folder / check_name(name)
        with suppress(FileNotFoundError), _held(path, wait=True):  # until it was sent, if it is being sent
            path.unlink()
        self._write(self._mark(name), b"")
        self._send_soon()

    def written_before(self, instant: datetime) -> Iterator[str]:
        here = (path.name for path in self._paths() if _written(path) < instant.timestamp())
        there = self._bucket.written_before(instant)
        return (name for name in chain(here, there) if not self._mark(name).exists())

    def key_of(self, name: str) -> str:
        try:
            with (self._folder / check_name(name)).open("rb") as file:
                return key_id_of(file.read(KEY_ID_BYTES))
        except FileNotFoundError:
            if self._mark(name).exists():
                raise FileGone(name) from None
            return self._bucket.key_of(name)

    def seal_anew(self, name: str) -> bool:
        """What is on its way is left alone: it is sealed anew when it is there."""
        if (self._folder / check_name(name)).exists():
            return False
        if self._mark(name).exists():
            raise FileGone(name)
        return self._bucket.seal_anew(name)

    def waiting(self) -> int:
        """How many files are on their way, or on their way out."""
        return sum(1 for _ in chain(self._paths(), self._marks()))

    def send(self) -> None:
        """Send what waits, but what another process is sending, and delete what was deleted. Raises NoAnswer."""
        for mark in self._marks():
            self._bucket.delete(mark.name)
            mark.unlink(missing_ok=True)
        for path in self._paths():
            with suppress(FileNotFoundError, BlockingIOError), _held(path) as file:
                self._bucket.put_sealed(path.name, file.read())
                if path.stat().st_ino == os.fstat(file.fileno()).st_ino:  # what was put anew meanwhile goes next
                    path.unlink()

    def _write(self, path: Path, content: bytes) -> None:
        drafts = self._folder / "drafts"
        for folder in (drafts, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, drafts / new_name(), content)

    def _mark(self, name: str) -> Path:
        """Lies there while the bucket has still to be told that a file was deleted."""
        return self._folder / "gone" / name

    def _marks(self) -> Iterator[Path]:
        return (self._folder / "gone").glob("[0-9a-f]*")

    def _paths(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("[0-9a-f]*") if path.is_file())

    def _send_soon(self) -> None:
        with self._starting:
            if self._sender is None:
                self._sender = Thread(target=self._keep_sending, name="outgoing files", daemon=True)
                self._sender.start()
        self._wake.set()

    def _keep_sending(self) -> None:
        pause: float = _LOOK_SECONDS
        while True:
            self._wake.wait(pause)
            self._wake.clear()
            try:
                self.send()
                pause = _LOOK_SECONDS
            except (NoAnswer, OSError) as error:
                facts = {"waiting": self.waiting(), "error": type(error).__name__}
                log.warning("files wait on this machine's disk: the bucket is away", extra=facts)
                pause = _AGAIN_SECONDS


@contextmanager
def _held(path: Path, *, wait: bool = False) -> Iterator[BinaryIO]:
    """The file, which nobody else sends or deletes meanwhile. Raises FileNotFoundError where somebody just did, and
    BlockingIOError where somebody does."""
    with path.open("rb") as file:
        flock(file, LOCK_EX if wait else LOCK_EX | LOCK_NB)
        if os.fstat(file.fileno()).st_nlink == 0:
            raise FileNotFoundError(path.name)
        yield file


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # it was sent meanwhile
        return float("inf")
