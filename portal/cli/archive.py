"""A backup as one file: a tar of the database's dump and the sealed files, closed by a signed list of digests.

The list comes last, when everything that it names has been read. It is signed with the portal's own key: what was
changed, dropped or added afterwards is found before anything of it is used, and so is an archive of another portal.
"""

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from ..crypto import Signer

DUMPS = {"sqlite": "portal.db", "postgresql": "portal.dump"}
"""What the database is called in an archive, by its kind."""
FILES = "files"
_MANIFEST = "manifest.json"
_MANIFEST_BYTES, _MANIFEST_BYTES_EACH = 4096, 256
_PURPOSE = b"portal backup\0"
_FORMAT = 2
_UNFRAMED = 1
"""The format of before gzip's own bytes were always the same."""

_HEAD = bytes.fromhex("1f8b08 00 00000000 00 ff")
"""Of a gzip without a name, a time, or a word about its making."""
_EMPTY_BLOCK = b"\x03\x00"
_TAIL_BYTES = len(_EMPTY_BLOCK) + 8
"""The empty block, and gzip's sum and length of what it holds."""
_FILE = re.compile(rf"{FILES}/[0-9a-f]{{2}}/[0-9a-f]{{32}}")


class BadArchive(Exception):
    """It is no backup of this portal, or not the one that was made; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds: the kind of database, its schema's revision, and SHA-256 (hex) by member.

    `keys` are the marks of the keys that are needed to read it, by kind and name; older archives name none.
    """

    made_at: str
    database: str
    revision: str
    members: Mapping[str, str]
    format: int = _FORMAT
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """What an archive says of the database that it holds: when, the schema's revision, the marks of its keys."""

    now: datetime
    revision: str
    keys: Mapping[str, str] = field(default_factory=dict)


def write(target: IO[bytes], dump: Path, files: Path, *, about: About, signer: Signer) -> Manifest:
    """Write an archive of a dump (`portal.db` or `portal.dump`) and a folder of files.

    A file that is erased meanwhile is left out: its record goes with it.
    """
    with _packed(target) as archive:
        members = {dump.name: _add(archive, dump.name, dump)}
        for path in sorted(files.glob("??/*")):
            name = f"{FILES}/{path.parent.name}/{path.name}"
            try:
                members[name] = _add(archive, name, path)
            except FileNotFoundError:
                continue
        kind = next(kind for kind, name in DUMPS.items() if name == dump.name)
        made_at = about.now.isoformat(timespec="seconds")
        manifest = Manifest(made_at, kind, about.revision, members, keys=about.keys)
        content = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
        signature = b64encode(signer.sign(_PURPOSE + content)).decode()
        for name, blob in ((_MANIFEST, content), (f"{_MANIFEST}.sig", signature.encode())):
            entry = tarfile.TarInfo(name)
            entry.size = len(blob)
            archive.addfile(entry, io.BytesIO(blob))
    return manifest


def unpack(source: Path, folder: Path, signer: Signer) -> Manifest:
    """Lay an archive's members into an empty folder, if it is whole and ours. Raises BadArchive.

    The archive is read twice: as long as its signature is not known to be ours, nothing of it is written anywhere.
    """
    try:
        with gzip.open(source) as packed, tarfile.open(fileobj=packed, mode="r:") as archive:
            manifest = _checked_whole(archive, signer)
            _check_frame(source, packed, manifest.format)
        with tarfile.open(source, "r:gz") as archive:
            found = {member.name: _digest_of_extracted(archive, member, folder) for member in _known(archive)}
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        raise BadArchive(f"it cannot be read as an archive: {error}") from error
    _compare(found, manifest)
    return manifest


@contextmanager
def _packed(target: IO[bytes]) -> Iterator[tarfile.TarFile]:
    """A tar in a gzip whose own bytes are always the same, so that `_check_frame` knows each of them."""
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=target, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w") as archive:
            yield archive
        packed.flush()  # what follows is an empty block


def _check_frame(source: Path, packed: gzip.GzipFile, format_: int) -> None:
    """Raise BadArchive where anything but padding follows the list, or gzip's own bytes are others than were written.

    Reading to the end also holds gzip's own sum against what was read.
    """
    rest = packed.read(tarfile.RECORDSIZE + 1)
    if len(rest) > tarfile.RECORDSIZE or any(rest):
        raise BadArchive("something follows its list")
    if format_ == _UNFRAMED:
        return
    with source.open("rb") as file:
        head = file.read(len(_HEAD))
        file.seek(-_TAIL_BYTES, os.SEEK_END)
        tail = file.read()
    length = (packed.tell() % 2**32).to_bytes(4, "little")
    if head != _HEAD or not (tail.startswith(_EMPTY_BLOCK) and tail.endswith(length)):
        raise BadArchive("its first or last bytes are not those that were written")


def _checked_whole(archive: tarfile.TarFile, signer: Signer) -> Manifest:
    """The manifest of an archive that holds just what it names; nothing is kept of the members but their digests."""
    found: dict[str, str] = {}
    listed: dict[str, bytes] = {}
    for member in _known(archive):
        if member.name in found or member.name in listed:
            raise BadArchive(f"{member.name} is in it twice")
        content = archive.extractfile(member)
        assert content is not None  # a plain file has one
        if not member.name.startswith(_MANIFEST):
            found[member.name] = hashlib.file_digest(cast(BufferedReader, content), "sha256").hexdigest()
        elif member.size > _MANIFEST_BYTES + _MANIFEST_BYTES_EACH * len(found):
            raise BadArchive(f"{member.name} is longer than a list of what is in it")
        else:
            listed[member.name] = content.read()
    manifest = _signed(listed, signer)
    _compare(found, manifest)
    return manifest


def _compare(found: Mapping[str, str], manifest: Manifest) -> None:
    held = {name: digest for name, digest in found.items() if not name.startswith(_MANIFEST)}
    for name in sorted(held.keys() | manifest.members.keys()):
        if held.get(name) != manifest.members.get(name):
            raise BadArchive(f"{name} is not what was backed up")


def _add(archive: tarfile.TarFile, name: str, path: Path) -> str:
    """Add a file as it stands now; its digest. Raises FileNotFoundError before anything of it is written."""
    with path.open("rb") as file:
        entry = archive.gettarinfo(arcname=name, fileobj=file)
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        reading = _Hashing(file)
        archive.addfile(entry, reading)
        return reading.sha.hexdigest()


class _Hashing(io.RawIOBase):
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.sha.update(content)
        return content


def _known(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members, if each is a plain file that a backup may hold; one with holes unpacks to as much as it likes."""
    known = {*DUMPS.values(), _MANIFEST, f"{_MANIFEST}.sig"}
    for member in archive:
        if not member.isfile() or member.issparse() or not (member.name in known or _FILE.fullmatch(member.name)):
            raise BadArchive(f"{member.name} does not belong into a backup")
        yield member


def _digest_of_extracted(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    archive.extract(member, folder, filter="data")
    with (folder / member.name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _signed(listed: Mapping[str, bytes], signer: Signer) -> Manifest:
    content = listed.get(_MANIFEST)
    if content is None:
        raise BadArchive("it has no manifest: an older version made it, or it was cut off")
    try:
        signature = b64decode(listed.get(f"{_MANIFEST}.sig", b""))
    except ValueError:
        signature = b""  # which verifies nothing
    if not signer.verify(_PURPOSE + content, signature):
        raise BadArchive("its signature is not of this portal's PORTAL_SIGNING_KEY, or it was changed")
    manifest = Manifest(**json.loads(content))
    if manifest.format not in (_UNFRAMED, _FORMAT):
        raise BadArchive(f"its format {manifest.format} is not known to this version")
    return manifest
