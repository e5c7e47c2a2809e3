"""An archive is unpacked when its signature is known to be ours, and not before."""

import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.cli import archive
from portal.crypto import Signer

OURS, ANOTHERS = Signer(b"k" * 32), Signer(b"o" * 32)
NOW = datetime(2026, 3, 10, tzinfo=UTC)
FILE = "files/ab/" + "ab" * 16


def archived(folder: Path, signer: Signer = OURS, *, dump: bytes = b"a database") -> Path:
    (folder / "portal.db").write_bytes(dump)
    (folder / FILE).parent.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(b"a photo")
    path = folder / "archive.tar.gz"
    with path.open("wb") as target:
        archive.write(target, folder / "portal.db", folder / "files", about=archive.About(NOW, "1"), signer=signer)
    return path


def packed(path: Path, entries: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w:gz") as out:
        for entry, content in entries:
            out.addfile(entry, io.BytesIO(content))
    return path


def entry(name: str, content: bytes) -> tarfile.TarInfo:
    one = tarfile.TarInfo(name)
    one.size = len(content)
    return one


def test_what_is_ours_is_laid_out(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    manifest = archive.unpack(archived(tmp_path), there, OURS)
    assert set(manifest.members) == {"portal.db", FILE}
    assert (there / "portal.db").read_bytes() == b"a database"
    assert (there / FILE).read_bytes() == b"a photo"


def of_another(folder: Path) -> Path:
    return archived(folder, ANOTHERS, dump=bytes(5_000_000))


def unsigned(folder: Path) -> Path:
    content = bytes(5_000_000)
    return packed(folder / "a.tar.gz", [(entry("portal.db", content), content)])


def a_manifest_of_nothing(folder: Path) -> Path:
    content = bytes(1_000_000)
    return packed(folder / "a.tar.gz", [(entry("manifest.json", content), content)])


def twice(folder: Path) -> Path:
    return packed(folder / "a.tar.gz", [(entry("portal.db", b"x"), b"x"), (entry("portal.db", b"y"), b"y")])


def broken_off(folder: Path) -> Path:
    path = of_another(folder)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    return path


REFUSED = {
    of_another: "its signature is not of this portal's",
    unsigned: "it has no manifest",
    a_manifest_of_nothing: "is longer than a list",
    twice: "is in it twice",
    broken_off: ".",  # where the broken byte falls hangs on the second it was packed in
}


@pytest.mark.parametrize(("made", "said"), REFUSED.items(), ids=[one.__name__ for one in REFUSED])
def test_of_what_is_not_ours_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], Path], said: str
) -> None:
    path, there = made(tmp_path), tmp_path / "there"
    there.mkdir()
    with pytest.raises(archive.BadArchive, match=said):
        archive.unpack(path, there, OURS)
    assert list(there.iterdir()) == []


def test_a_file_with_holes_is_none_of_ours(tmp_path: Path) -> None:
    """A few bytes that say of themselves that they are a gigabyte of zeros."""
    sparse = tarfile.TarInfo("portal.db")
    sparse.pax_headers = {"GNU.sparse.size": str(10**9), "GNU.sparse.numblocks": "0", "GNU.sparse.map": "0,0"}
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as out:
        out.addfile(sparse, io.BytesIO())
    with tarfile.open(path) as read:
        assert read.getmembers()[0].issparse()
    with pytest.raises(archive.BadArchive):
        archive.unpack(path, tmp_path, OURS)
