"""Files of strangers are read where they can neither take the server's time, nor its memory, nor its secrets."""

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from commissions.refusal import Refusal
from portal.adapters.sandbox.pool import Limits, OverLimit, Pool, Unreadable
from tests.unit.adapters.images.test_jpeg import END, last_scan

PHOTO = {"max_pixels": 50_000_000, "max_side": 800}
ENOUGH = Limits(cpu_seconds=10, seconds=60, memory_mb=1024, keep_mb=1024, jobs=3)


def picture(size: tuple[int, int] = (64, 48), kind: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **options)
    return file.getvalue()


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(ENOUGH, waiting=0, wait_seconds=0)
    yield pool
    pool.close()


def child_of(pool: Pool) -> int:
    """The process that waits for the next file."""
    [child] = pool._idle
    return child._process.pid


def test_a_child_reads_file_after_file_and_is_replaced_now_and_then(pool: Pool) -> None:
    said, (jpeg, pixels) = pool.run("photo", picture(), **PHOTO)
    assert (said["width"], said["height"], len(pixels)) == (64, 48, 64 * 48 * 3)
    assert jpeg.startswith(b"\xff\xd8")
    first = child_of(pool)
    with pytest.raises(Refusal, match="photo_unreadable"):
        pool.run("photo", picture()[:200], **PHOTO)
    assert child_of(pool) == first, "a file that is refused does it no harm"
    pool.run("photo", picture(), **PHOTO)
    assert not pool._idle, "it did what one child does"
    pool.run("photo", picture(), **PHOTO)
    assert child_of(pool) != first


def test_a_child_knows_no_secret_and_steps_back(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SIGNING_KEY", "a secret")
    pool.run("photo", picture(), **PHOTO)
    child = child_of(pool)
    environ = Path(f"/proc/{child}/environ")
    if not environ.exists():
        pytest.skip("needs Linux's /proc")
    assert b"PORTAL" not in environ.read_bytes()
    assert os.getpriority(os.PRIO_PROCESS, child) > os.getpriority(os.PRIO_PROCESS, 0) or os.nice(0) >= 15


def test_what_the_server_holds_is_not_the_childs() -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("needs Linux's /proc")
    held = bytearray(b"x") * (400 * 1024 * 1024)
    pool = Pool(replace(ENOUGH, keep_mb=300), waiting=0, wait_seconds=0)
    pool.run("photo", picture(), **PHOTO)
    del held
    assert pool._idle, "a child that took little stays, however large the server is"
    pool.close()


def test_a_child_that_took_much_gives_it_back_by_ending() -> None:
    pool = Pool(replace(ENOUGH, keep_mb=1), waiting=0, wait_seconds=0)
    assert pool.run("photo", picture(), **PHOTO)[0]["width"] == 64
    assert not pool._idle


def test_a_child_that_died_meanwhile_is_replaced(pool: Pool) -> None:
    pool.run("photo", picture(), **PHOTO)
    [child] = pool._idle
    child._process.kill()
    child._process.wait()
    assert pool.run("photo", picture(), **PHOTO)[0]["width"] == 64


def scan_bomb() -> bytes:
    whole = picture((4000, 4000), progressive=True, quality=50)
    return whole[: -len(END)] + last_scan(whole) * 5_000 + END


@pytest.mark.parametrize(
    ("limits", "data"),
    [
        ({"cpu_seconds": 1}, scan_bomb),
        ({"seconds": 0.01}, picture),
        ({"memory_mb": 350}, lambda: picture((7000, 7000), "PNG", "1")),
    ],
    ids=["CPU time", "time", "memory"],
)
def test_a_file_that_costs_too_much_is_given_up_and_the_next_one_read(limits: dict[str, float], data) -> None:
    pool = Pool(Limits(**{"cpu_seconds": 10, "seconds": 60, "memory_mb": 1024, "keep_mb": 1024, "jobs": 9} | limits),
                waiting=0, wait_seconds=0)  # fmt: skip
    with pytest.raises(OverLimit):
        pool.run("photo", data(), **PHOTO)
    assert not pool._idle
    if "seconds" not in limits:
        assert pool.run("photo", picture(), **PHOTO)[0]["width"] == 64
    pool.close()


def test_what_nobody_thought_of_is_a_word_in_the_log_and_no_fault(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Unreadable):
        pool.run("photo", picture(), max_pixels="not a number", max_side=800)
    [record] = caplog.records
    assert "TypeError" in record.trace
    assert "not a number" not in record.trace, "a log quotes no file"


def test_who_comes_while_it_is_full_is_told_when_to_come_again(pool: Pool) -> None:
    with pool._turns.take(), pytest.raises(Refusal) as refused:
        pool.run("photo", picture(), **PHOTO)
    assert refused.value == Refusal("busy_try_again", seconds=2)
