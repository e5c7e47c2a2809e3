"""Blobs too big or too private for the database: kept under names that we make up, encrypted at rest."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Protocol

_NAME = re.compile(r"[0-9a-f]{32}")


class Vault(Protocol):
    """Authenticated encryption; `context` binds what is sealed to its place (see `portal.crypto`)."""

    def seal(self, plain: bytes, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> bytes: ...


class Files(Protocol):
    """Where blobs are kept. A name is 32 hexadecimal digits from `new_name`; any other raises ValueError."""

    def put(self, name: str, content: bytes) -> None:
        """Keep the content under the name, durably and wholly or not at all."""
        ...

    def get(self, name: str) -> bytes:
        """What was kept; raises FileNotFoundError if nothing is."""
        ...

    def delete(self, name: str) -> None:
        """Forget it; forgetting what is not there is no error, so that an erasure can be repeated."""
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
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_whole(path, self._vault.seal(content, _context(name)))

    def get(self, name: str) -> bytes:
        return self._vault.open(self._path(name).read_bytes(), _context(name))

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        """Two levels, so that no folder grows without bound. Only names of our own making reach the disk."""
        if not _NAME.fullmatch(name):
            raise ValueError("a file's name is 32 hexadecimal digits")
        return self._root / name[:2] / name


def _context(name: str) -> str:
    return f"file:{name}"


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, rename: a crash leaves the old state or the new, never half a file."""
    handle, beside = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink()
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """A rename is safe against a power cut only once the folder itself is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
