"""Private blobs on this machine's disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.adapters.files import FolderFiles, new_name
from portal.crypto import SealBroken, Vault

CONTENT = b"a photo of somebody"


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path, Vault([b"k" * 32], b"i" * 32))


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_is_got_until_it_is_deleted(files: FolderFiles, tmp_path: Path) -> None:
    name = new_name()
    files.put(name, CONTENT)
    assert files.get(name) == CONTENT
    files.put(name, b"newer")
    assert files.get(name) == b"newer"
    files.delete(name)
    files.delete(name)  # an erasure can be repeated
    assert on_disk(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        files.get(name)


def test_rests_sealed_and_bound_to_its_name(files: FolderFiles, tmp_path: Path) -> None:
    name, other = new_name(), new_name()
    files.put(name, CONTENT)
    files.put(other, b"another")
    one, two = sorted(on_disk(tmp_path), key=lambda path: path.name != name)
    assert CONTENT not in one.read_bytes()
    assert one.stat().st_mode & 0o077 == 0  # nobody but the owner reads it
    two.write_bytes(one.read_bytes())
    with pytest.raises(SealBroken):
        files.get(other)


def test_a_failed_write_leaves_the_old_content_and_no_litter(
    files: FolderFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = new_name()
    files.put(name, CONTENT)

    def disk_full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", disk_full)
    with pytest.raises(OSError, match="no space"):
        files.put(name, b"newer")
    assert files.get(name) == CONTENT
    assert len(on_disk(tmp_path)) == 1


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 31, "A" * 32, "a" * 32 + "\n", "/" + "a" * 31])
def test_only_names_of_our_own_making_reach_the_disk(files: FolderFiles, name: str) -> None:
    for call in (files.get, files.delete, lambda one: files.put(one, CONTENT)):
        with pytest.raises(ValueError, match="32 hexadecimal"):
            call(name)
