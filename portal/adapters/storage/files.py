"""Blobs too big or too private for the database: kept under names that we make up, encrypted at rest."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

_NAME = re.compile(r"[0-9a-f]{32}")


class Vault(Protocol):
    """Authenticated encryption; `context` binds what is sealed to its place (see `portal.crypto`)."""

    def seal(self, plain: bytes, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> bytes: ...


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
        path, draft = self._path(name), self._path(new_name())
        for folder in (path.parent, draft.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, draft, self._vault.seal(content, context_of(name)))

    def get(self, name: str) -> bytes:
        try:
            sealed = self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise FileGone(name) from error
        return self._vault.open(sealed, context_of(name))

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def written_before(self, instant: datetime) -> Iterator[str]:
        for path in self._root.glob("??/*"):
            with suppress(FileNotFoundError):  # somebody else erased it meanwhile
                if path.stat().st_mtime < instant.timestamp():
                    yield path.name

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
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """A rename is safe against a power cut only once the folder itself is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
