"""Private blobs, on this machine's disk and in a bucket: one contract for both."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from portal.adapters.storage import bucket, outgoing
from portal.adapters.storage.bucket import BucketFiles, BucketUnavailable, open_files
from portal.adapters.storage.files import Files, FolderFiles, new_name
from portal.adapters.storage.outgoing import SpooledFiles
from portal.config import Config
from portal.crypto import SealBroken, Vault
from portal.outages import NoAnswer
from tests.clock import real_now
from tests.relay import Relay

CONTENT = b"a photo of somebody"
BUCKET = "s3://photos/of/this/portal"


class Disk:
    """Where files rest, as whoever steals the disk sees it."""

    def __init__(self, vault: Vault, folder: Path) -> None:
        self.files: Files = FolderFiles(folder, vault)
        self._folder = folder

    def raw(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self._folder.rglob("*") if path.is_file()}

    def replace(self, name: str, content: bytes) -> None:
        (path,) = self._folder.rglob(name)
        path.write_bytes(content)

    def written(self) -> list[datetime]:
        return [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in self._folder.rglob("*") if path.is_file()]


class Bucket:
    """The same of a bucket, as its provider sees it."""

    def __init__(self, vault: Vault) -> None:
        self.files: Files = BucketFiles(BUCKET, vault)
        self._store: Any = self.files._store

    def raw(self) -> dict[str, bytes]:
        names = [entry["path"] for page in self._store.list() for entry in page]
        return {name: bytes(self._store.get(name).bytes()) for name in names}

    def replace(self, name: str, content: bytes) -> None:
        self._store.put(name, content)

    def written(self) -> list[datetime]:
        return [entry["last_modified"] for page in self._store.list() for entry in page]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of a service that speaks S3, on this machine."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def environment(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh bucket, and the environment that leads to it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "ENDPOINT_URL": service,
        "ALLOW_HTTP": "true",
        "REGION": "us-east-1",
        "ACCESS_KEY_ID": "test",
        "SECRET_ACCESS_KEY": "test",
        "TIMEOUT": "5s",
        "CONNECT_TIMEOUT": "2s",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    for method, address in (("POST", f"{service}/moto-api/reset"), ("PUT", f"{service}/photos")):
        urllib.request.urlopen(urllib.request.Request(address, method=method)).close()


@pytest.fixture
def vault() -> Vault:
    return Vault([b"k" * 32], b"i" * 32)


@pytest.fixture
def disk(vault: Vault, tmp_path: Path) -> Disk:
    return Disk(vault, tmp_path)


class Spooled(Bucket):
    """The same of a bucket that files are on their way to, when all have arrived."""

    def __init__(self, vault: Vault, folder: Path) -> None:
        super().__init__(vault)
        self.files: Files = SpooledFiles(BucketFiles(BUCKET, vault), folder, vault)

    def _arrived(self) -> None:
        until(lambda: self.files.waiting() == 0)

    def raw(self) -> dict[str, bytes]:
        self._arrived()
        return super().raw()

    def replace(self, name: str, content: bytes) -> None:
        self._arrived()
        super().replace(name, content)

    def written(self) -> list[datetime]:
        self._arrived()
        return super().written()


@pytest.fixture(params=["disk", "bucket", "spooled"])
def place(request: pytest.FixtureRequest, vault: Vault) -> Disk | Bucket:
    if request.param == "disk":
        return request.getfixturevalue("disk")
    request.getfixturevalue("environment")
    return Bucket(vault) if request.param == "bucket" else Spooled(vault, request.getfixturevalue("tmp_path"))


def test_what_is_put_is_got_until_it_is_deleted(place: Disk | Bucket) -> None:
    files, name = place.files, new_name()
    files.put(name, CONTENT)
    assert files.get(name) == CONTENT
    files.put(name, b"newer")
    assert files.get(name) == b"newer"
    files.delete(name)
    files.delete(name)  # an erasure can be repeated
    assert place.raw() == {}
    with pytest.raises(FileNotFoundError):
        files.get(name)


def test_rests_sealed_and_bound_to_its_name(place: Disk | Bucket) -> None:
    name, other = new_name(), new_name()
    place.files.put(name, CONTENT)
    place.files.put(other, b"another")
    kept = place.raw()
    assert kept.keys() == {name, other}
    assert CONTENT not in kept[name]
    place.replace(other, kept[name])
    with pytest.raises(SealBroken):
        place.files.get(other)


def test_what_lies_there_since_long_can_be_listed(place: Disk | Bucket) -> None:
    names = {new_name(), new_name()}
    for name in names:
        place.files.put(name, CONTENT)
    first, last = min(place.written()), max(place.written())  # by the clock of the store
    assert list(place.files.written_before(first - timedelta(seconds=1))) == []
    assert set(place.files.written_before(last + timedelta(seconds=1))) == names


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 31, "A" * 32, "a" * 32 + "\n", "/" + "a" * 31])
def test_only_names_of_our_own_making_are_used(place: Disk | Bucket, name: str) -> None:
    for call in (place.files.get, place.files.delete, lambda one: place.files.put(one, CONTENT)):
        with pytest.raises(ValueError, match="32 hexadecimal"):
            call(name)


# ---- the disk alone ----


def test_nobody_but_the_owner_reads_it(disk: Disk, tmp_path: Path) -> None:
    disk.files.put(name := new_name(), CONTENT)
    (path,) = tmp_path.rglob(name)
    assert path.stat().st_mode & 0o077 == 0


def test_a_failed_write_leaves_the_old_content_and_no_litter(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    name = new_name()
    disk.files.put(name, CONTENT)

    def disk_full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", disk_full)
    with pytest.raises(OSError, match="no space"):
        disk.files.put(name, b"newer")
    assert disk.files.get(name) == CONTENT
    assert disk.raw().keys() == {name}


# ---- another key ----


def under(vault: Vault, place: Disk | Bucket) -> Files:
    """The same place, as a process has it that seals with another key."""
    place.files._vault = vault  # type: ignore[attr-defined]
    if isinstance(place, Spooled):
        place.files._bucket._vault = vault  # type: ignore[attr-defined]
    return place.files


def test_a_file_is_sealed_anew_with_the_first_key(place: Disk | Bucket, vault: Vault) -> None:
    name, newer = new_name(), Vault([b"n" * 32, b"k" * 32], b"i" * 32)
    place.files.put(name, CONTENT)
    if isinstance(place, Spooled):
        place._arrived()
    written = place.written()
    assert place.files.key_of(name) == vault.newest
    assert not place.files.seal_anew(name), "the key is the first already"
    files = under(newer, place)
    assert files.seal_anew(name)
    assert (files.key_of(name), files.get(name), files.seal_anew(name)) == (newer.newest, CONTENT, False)
    if isinstance(place, Disk):
        assert place.written() == written, "what no row names is swept as early as before"
    assert place.raw().keys() == {name}
    for ask in (files.key_of, files.seal_anew):
        with pytest.raises(FileNotFoundError):
            ask(new_name())


@pytest.mark.parametrize("meanwhile", ["erased", "put anew"])
def test_what_happens_meanwhile_wins(place: Disk | Bucket, meanwhile: str) -> None:
    """An erasure between reading and writing is not undone, nor is newer content."""
    name = new_name()
    place.files.put(name, CONTENT)
    if isinstance(place, Spooled):
        place._arrived()

    class Slow(Vault):
        def seal(self, plain: bytes, context: str) -> bytes:
            if plain == CONTENT:
                other = Disk(self, place._folder) if isinstance(place, Disk) else Bucket(self)
                other.files.delete(name) if meanwhile == "erased" else other.files.put(name, b"newer")
            return super().seal(plain, context)

    files = under(Slow([b"n" * 32, b"k" * 32], b"i" * 32), place)
    assert not files.seal_anew(name)
    if meanwhile == "erased":
        assert place.raw() == {}
    else:
        assert files.get(name) == b"newer"


# ---- a bucket that is away ----


@pytest.fixture
def relay(service: str, environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """What stands before the bucket's service."""
    with Relay(int(service.rsplit(":", 1)[1])) as relay:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{relay.port}")
        yield relay


def spooled(vault: Vault, folder: Path) -> SpooledFiles:
    """As another process has them: the same folder and bucket."""
    return SpooledFiles(BucketFiles(BUCKET, vault), folder, vault)


def in_bucket(vault: Vault, name: str) -> bytes | None:
    with suppress(FileNotFoundError, NoAnswer):
        return BucketFiles(BUCKET, vault).get(name)
    return None


def until(true: Callable[[], object]) -> None:
    by = monotonic() + 20
    while not true():
        assert monotonic() < by
        sleep(0.02)


@pytest.mark.parametrize("fault", ["refuses", "is silent"])
def test_nobody_who_writes_waits_for_a_bucket(
    fault: str, relay: Relay, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONNECT_TIMEOUT", "2s")
    monkeypatch.setenv("AWS_TIMEOUT", "2s")
    monkeypatch.setattr(bucket, "_RETRY", {"max_retries": 0, "retry_timeout": timedelta(seconds=0.1)})
    monkeypatch.setattr(outgoing, "_AGAIN_SECONDS", 0.1)
    files, name = spooled(vault, tmp_path), new_name()
    {"refuses": relay.refuse, "is silent": relay.silent.set}[fault]()
    begun = monotonic()
    files.put(name, CONTENT)
    assert monotonic() - begun < 2, "who waits for the bucket waits so long at least"
    assert files.get(name) == CONTENT, "who looks at it sees it"
    begun = monotonic()
    with pytest.raises(NoAnswer):
        files.get(new_name())
    assert monotonic() - begun < 20
    relay.accept() if fault == "refuses" else relay.silent.clear()
    until(lambda: files.waiting() == 0)
    assert in_bucket(vault, name) == CONTENT
    assert files.get(name) == CONTENT


def test_what_a_process_left_behind_another_one_sends(environment: None, vault: Vault, tmp_path: Path) -> None:
    killed, name = spooled(vault, tmp_path), new_name()
    killed._send_soon = lambda: None  # type: ignore[method-assign]
    killed.put(name, CONTENT)
    sends = spooled(vault, tmp_path)
    until(lambda: sends.waiting() == 0)
    assert in_bucket(vault, name) == CONTENT


def test_what_is_forgotten_before_it_was_sent_is_gone(environment: None, vault: Vault, tmp_path: Path) -> None:
    files, name = spooled(vault, tmp_path), new_name()
    files._send_soon = lambda: None  # type: ignore[method-assign]
    files.put(name, CONTENT)
    files.delete(name)
    files.send()
    with pytest.raises(FileNotFoundError):
        files.get(name)


def test_what_is_deleted_while_the_bucket_is_away_is_gone_at_once_and_there_later(
    relay: Relay, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "_AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(bucket, "_RETRY", {"max_retries": 0, "retry_timeout": timedelta(seconds=0.1)})
    files, name = spooled(vault, tmp_path), new_name()
    files.put(name, CONTENT)
    until(lambda: files.waiting() == 0)
    relay.refuse()
    files.delete(name)
    for one in (files, spooled(vault, tmp_path)):
        with pytest.raises(FileNotFoundError):
            one.get(name)
    relay.accept()
    until(lambda: files.waiting() == 0)
    assert in_bucket(vault, name) is None
    assert name not in set(files.written_before(real_now() + timedelta(days=1)))


# ---- which of them ----


def test_a_setting_chooses(config: Config, vault: Vault, environment: None) -> None:
    assert isinstance(open_files(config, vault), FolderFiles)
    assert isinstance(open_files(replace(config, files_url=BUCKET), vault), SpooledFiles)


def test_an_address_that_leads_nowhere_is_told(vault: Vault) -> None:
    with pytest.raises(BucketUnavailable, match="s4://photos"):
        BucketFiles("s4://photos", vault)
