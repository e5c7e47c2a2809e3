"""An archive's own frame: a bit of gzip's first and last bytes that was changed is seen, as one of the content is."""

import gzip
from datetime import datetime
from pathlib import Path

import pytest

from portal.cli import archive
from portal.config import Config

NAME = "ab" + "0" * 30


@pytest.fixture
def made(tmp_path: Path, now: datetime, config: Config) -> bytes:
    dump, files = tmp_path / "portal.db", tmp_path / "files"
    dump.write_bytes(b"a database" * 1000)
    (files / NAME[:2]).mkdir(parents=True)
    (files / NAME[:2] / NAME).write_bytes(b"a file")
    with (tmp_path / "a.tar.gz").open("wb") as target:
        archive.write(target, dump, files, about=archive.About(now, "0001"), signer=config.signer())
    return (tmp_path / "a.tar.gz").read_bytes()


def unpack(content: bytes, tmp_path: Path, config: Config) -> archive.Manifest:
    path, folder = tmp_path / "b.tar.gz", tmp_path / "unpacked"
    path.write_bytes(content)
    folder.mkdir(exist_ok=True)
    return archive.unpack(path, folder, config.signer())


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_each_bit_of_the_frame_counts(made: bytes, tmp_path: Path, config: Config) -> None:
    assert set(unpack(made, tmp_path, config).members) == {"portal.db", f"files/{NAME[:2]}/{NAME}"}
    taken = []
    for bit in [*range(80), *range(len(made) * 8 - 80, len(made) * 8)]:
        try:
            unpack(flipped(made, bit), tmp_path, config)
        except archive.BadArchive:
            continue
        taken.append(bit)
    assert not taken


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made[:-1],
        lambda made: made[:-8],
        lambda made: made[:-12],
        lambda made: made + b"\0",
        lambda made: made + b"\0" * 512,
        lambda made: made + b"x",
        lambda made: made + gzip.compress(b""),
        lambda made: made + gzip.compress(b"\0" * 512),
        lambda made: made + made,
    ],
)
def test_what_is_cut_or_followed_by_something_is_refused(made: bytes, tmp_path: Path, config: Config, change) -> None:
    with pytest.raises(archive.BadArchive):
        unpack(change(made), tmp_path, config)


def test_an_archive_of_before_is_read(made: bytes, tmp_path: Path, config: Config, monkeypatch, now) -> None:
    """Its frame has the time of its making, as `gzip` writes it; its end is held against its sum all the same."""
    monkeypatch.setattr(archive, "_FORMAT", 1)
    old = archive.Manifest.__init__.__defaults__
    monkeypatch.setattr(archive.Manifest.__init__, "__defaults__", (1, *old[1:]))
    dump = tmp_path / "portal.db"
    with (tmp_path / "a.tar.gz").open("wb") as target:
        archive.write(target, dump, tmp_path / "files", about=archive.About(now, "0001"), signer=config.signer())
    monkeypatch.setattr(archive.Manifest.__init__, "__defaults__", old)
    monkeypatch.undo()
    before = gzip.compress(gzip.decompress((tmp_path / "a.tar.gz").read_bytes()), mtime=1_700_000_000)
    assert unpack(before, tmp_path, config).format == 1
    with pytest.raises(archive.BadArchive):
        unpack(before[:-4], tmp_path, config)
