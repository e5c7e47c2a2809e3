"""Blobs too big or too private for the database: kept under names that we make up, encrypted at rest."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import BinaryIO, Protocol

from ...crypto import KEY_ID_BYTES, key_id_of

_NAME = re.compile(r"[0-9a-f]{32}")


class Vault(Protocol):
    """Authenticated encryption; `context` binds what is sealed to its place (see `portal.crypto`)."""

    def seal(self, plain: bytes, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> bytes: ...

    def sealed_newly(self, sealed: bytes) -> bool: ...


class FileGone(FileNotFoundError):
    """Nothing is kept under this name: it was erased, or its store has lost it."""


class Files(Protocol):
    """Where blobs are kept. A name is 32 hexadecimal digits from `new_name`; any other raises ValueError."""

    def put(self, name: str, content: bytes) -> None:
        """Keep the content under the name, durably and wholly or not at all."""
        ...

    def get(self, name: str) -> bytes:
        """What was kept; raises FileGone if nothing is."""
        ...

    def delete(self, name: str) -> None:
        """Forget it; forgetting what is not there is no error, so that an erasure can be repeated."""
        ...

    def written_before(self, instant: datetime) -> Iterator[str]:
        """The names of everything that was last written before an instant, drafts that a crash left behind too."""
        ...

    def key_of(self, name: str) -> str:
        """The id of the key that sealed it, by its first bytes; raises FileGone if nothing is kept."""
        ...

    def seal_anew(self, name: str) -> bool:
        """Seal it with the key that seals today; False where that is done, or cannot be done just now. What is erased
        or put anew meanwhile stays so. Raises FileGone, and what opening raises."""
        ...

    def __hash__(self) -> int:
        """A store is a key of caches: two are told apart by being two."""
        ...


def new_name() -> str:
    """A name nobody can guess and that says nothing about its content."""
    return secrets.token_hex(16)


class FolderFiles:
    """Files in a folder of this machine, sealed by the vault; a blob under another's name does not open."""

    def __init__(self, root: Path, vault: Vault) -> None:
        self._root = root
        self._vault = vault

    def put(self, name: str, content: bytes) -> None:
        path, draft = self._path(name), self._draft()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _drafted(draft, self._vault.seal(content, context_of(name))), self._turn():
            draft.replace(path)
        _flush_folder(path.parent)

    def get(self, name: str) -> bytes:
        with self._opened(name) as file:
            sealed = file.read()
        return self._vault.open(sealed, context_of(name))

    def delete(self, name: str) -> None:
        path = self._path(name)
        if path.parent.exists():
            with self._turn():
                path.unlink(missing_ok=True)

    def written_before(self, instant: datetime) -> Iterator[str]:
        for path in self._root.glob("??/*"):
            with suppress(FileNotFoundError):  # somebody else erased it meanwhile
                if path.stat().st_mtime < instant.timestamp():
                    yield path.name

    def key_of(self, name: str) -> str:
        with self._opened(name) as file:
            return key_id_of(file.read(KEY_ID_BYTES))

    def seal_anew(self, name: str) -> bool:
        with self._opened(name) as file:
            sealed, was = file.read(), os.fstat(file.fileno())
        if self._vault.sealed_newly(sealed):
            return False
        path, draft = self._path(name), self._draft()
        anew = self._vault.seal(self._vault.open(sealed, context_of(name)), context_of(name))
        with _drafted(draft, anew):
            os.utime(draft, ns=(was.st_atime_ns, was.st_mtime_ns))  # it is as old as before: what is nobody's goes
            with self._turn():
                if not path.exists() or path.stat().st_ino != was.st_ino:
                    return False
                draft.replace(path)
        _flush_folder(path.parent)
        return True

    @contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        try:
            file = self._path(name).open("rb")
        except FileNotFoundError as error:
            raise FileGone(name) from error
        with file:
            yield file

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Nobody else puts, erases or seals anew for a moment: else what was erased could come back, sealed anew."""
        with os.fdopen(os.open(f"{self._root}.turn", os.O_RDWR | os.O_CREAT, 0o600)) as file:
            flock(file, LOCK_EX)
            yield

    def _draft(self) -> Path:
        draft = self._path(new_name())
        draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return draft

    def _path(self, name: str) -> Path:
        """Two levels, so that no folder grows without bound. Only names of our own making reach the disk."""
        return self._root / check_name(name)[:2] / name


def check_name(name: str) -> str:
    """The name, if it is of our own making. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError("a file's name is 32 hexadecimal digits")
    return name


def context_of(name: str) -> str:
    """What a blob is sealed for: its own name."""
    return f"file:{name}"


def write_whole(path: Path, draft: Path, content: bytes) -> None:
    """Write a draft, flush it to the disk, rename it: a crash leaves the old state or the new, never half a file, and
    at worst a draft under a name that nobody knows."""
    with _drafted(draft, content):
        draft.replace(path)
    _flush_folder(path.parent)


@contextmanager
def _drafted(draft: Path, content: bytes) -> Iterator[None]:
    """The content in a file of its own, flushed to the disk, to be renamed; it is gone where it was not."""
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield
    finally:
        draft.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """A rename is safe against a power cut only once the folder itself is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
