"""Rate limits: in a file that all processes of a host share, and with a store that is away, silent or full."""

import logging
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from platform import node
from time import monotonic

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from portal.adapters import file_counts, rate_counts
from portal.adapters.file_counts import FileStorage
from portal.adapters.rate_counts import limiter_settings
from tests.redis_server import RedisServer
from tests.relay import Relay

THREE = RateLimitItemPerMinute(3)
TWO = RateLimitItemPerMinute(2)
SECRET = "so that nobody reads who knocked"
KNOCKS = 400
_KNOCKING = """
import sys
from pathlib import Path
from platform import node
from portal.adapters.file_counts import FileStorage
counting = FileStorage(Path(sys.argv[1]), sys.argv[2])
print(*(counting.incr("one key", 3600) for _ in range(int(sys.argv[3]))))
"""


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server
        server.shutdown()


@pytest.fixture
def relay(redis: RedisServer) -> Iterator[Relay]:
    with Relay(redis.port) as relay:
        yield relay


@pytest.fixture
def limiter(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> FixedWindowRateLimiter:
    """As the application has it, but that looks for its store again at once."""
    monkeypatch.setattr(rate_counts, "_PAUSE_SECONDS", 0.05)
    return counting_at(relay.port)


def counting_at(port: int) -> FixedWindowRateLimiter:
    told = limiter_settings(f"redis://127.0.0.1:{port}/0", Path(), "")
    return FixedWindowRateLimiter(
        storage_from_string(told["RATELIMIT_STORAGE_URI"], **told["RATELIMIT_STORAGE_OPTIONS"])
    )


def allowed(limiter: FixedWindowRateLimiter, times: int) -> int:
    return sum(limiter.hit(THREE, "somebody") for _ in range(times))


def test_all_processes_count_together(redis: RedisServer) -> None:
    assert sum(allowed(counting_at(redis.port), 2) for _ in range(4)) == 3


@pytest.mark.parametrize("fault", ["refuses", "is silent", "is full"])
def test_without_the_store_each_counts_for_itself(
    fault: str,
    limiter: FixedWindowRateLimiter,
    relay: Relay,
    redis: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert allowed(limiter, 1) == 1
    {"refuses": relay.refuse, "is silent": relay.silent.set, "is full": redis.full.set}[fault]()
    monkeypatch.setattr(rate_counts, "_PAUSE_SECONDS", 30)
    with caplog.at_level(logging.WARNING):
        begun = monotonic()
        assert allowed(limiter, 20) == 3, "there is still a limit"
        assert monotonic() - begun < 2, "and hardly anybody waited"
        assert limiter.get_window_stats(THREE, "somebody").remaining == 0
    said = [line.message for line in caplog.records]
    assert len(said) == 1, "said once, not with every request"


def test_the_store_is_asked_again_by_itself(limiter: FixedWindowRateLimiter, relay: Relay) -> None:
    assert allowed(limiter, 2) == 2
    relay.refuse()
    assert allowed(limiter, 4) == 3
    relay.accept()
    by = monotonic() + 10
    while limiter.get_window_stats(THREE, "somebody").remaining != 1:
        assert monotonic() < by
    assert allowed(limiter, 2) == 1, "which remembers what it knew"


class Hour:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> Hour:
    clock = Hour()
    monkeypatch.setattr(file_counts, "time", clock)
    return clock


@pytest.fixture
def counts(tmp_path: Path) -> Iterator[FileStorage]:
    with closing(FileStorage(tmp_path / "limits.db", SECRET)) as opened:
        yield opened


def test_a_window_begins_with_its_first_knock_and_ends(counts: FileStorage, hour: Hour) -> None:
    limiter = FixedWindowRateLimiter(counts)
    assert [limiter.hit(TWO, "somebody") for _ in range(3)] == [True, True, False]
    assert limiter.hit(TWO, "somebody else")
    hour.now += 59
    assert limiter.get_window_stats(TWO, "somebody") == (1_000_060.0, 0)
    hour.now += 1
    assert limiter.get_window_stats(TWO, "somebody") == (hour.now, 2)
    assert limiter.hit(TWO, "somebody")
    assert limiter.get_window_stats(TWO, "somebody") == (hour.now + 60, 1)
    hour.now -= 7200  # a clock that was two hours ahead is set right
    assert [limiter.hit(TWO, "somebody") for _ in range(3)] == [True, True, False]
    limiter.clear(TWO, "somebody")
    assert limiter.test(TWO, "somebody", cost=2)
    assert counts.reset() == 1, "somebody else's"


def test_who_read_the_clock_first_and_counts_second_goes_on_counting(counts: FileStorage, hour: Hour) -> None:
    """Two processes begin a window in the same instant: the one that waited for the file was there earlier."""
    assert counts.incr("a visitor", 60) == 1
    hour.now -= 0.4
    assert counts.incr("a visitor", 60) == 2


def test_processes_count_together(tmp_path: Path) -> None:
    given = [str(tmp_path / "limits.db"), SECRET, str(KNOCKS)]
    both = [
        subprocess.Popen([sys.executable, "-c", _KNOCKING, *given], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    counted = [int(word) for one in both for word in one.communicate()[0].split()]
    assert sorted(counted) == list(range(1, 2 * KNOCKS + 1)), "each knock has its number, and no number is given twice"


def test_what_is_over_is_taken_away(counts: FileStorage, hour: Hour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_counts, "_TIDIED_EVERY", 4)
    for number in range(3):
        counts.incr(f"visitor {number}", 60)
    hour.now += 61
    counts.incr("the fourth", 60)
    assert counts.reset() == 1


def test_nobody_reads_in_it_who_knocked(counts: FileStorage, tmp_path: Path) -> None:
    FixedWindowRateLimiter(counts).hit(TWO, "203.0.113.77")
    counts.close()
    for file in tmp_path.iterdir():
        assert b"203.0.113" not in file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(FileStorage(tmp_path / "limits.db", "another secret")) as other:
        assert FixedWindowRateLimiter(other).test(TWO, "203.0.113.77", cost=2)


@pytest.mark.parametrize("fault", ["no database", "a folder", "no room for a folder"])
def test_with_a_file_that_cannot_be_had_each_counts_for_itself(fault: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    if fault == "no room for a folder":
        folder.touch()
    else:
        folder.mkdir()
    if fault == "no database":
        (folder / f"limits-{node()}.db").write_bytes(b"no database at all" * 100)
    if fault == "a folder":
        (folder / f"limits-{node()}.db").mkdir()
    told = limiter_settings("file://", folder, SECRET)
    storage = storage_from_string(told["RATELIMIT_STORAGE_URI"], **told["RATELIMIT_STORAGE_OPTIONS"])
    limiter = FixedWindowRateLimiter(storage)
    assert sum(limiter.hit(RateLimitItemPerHour(3), "somebody") for _ in range(9)) == 3
