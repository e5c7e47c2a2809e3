"""Rate limits when the store that they share is away, silent or full."""

import logging
from collections.abc import Iterator
from time import monotonic

import pytest
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from portal.adapters import rate_counts
from portal.adapters.rate_counts import limiter_settings
from tests.redis_server import RedisServer
from tests.relay import Relay

THREE = RateLimitItemPerMinute(3)


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
    told = limiter_settings(f"redis://127.0.0.1:{port}/0")
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
