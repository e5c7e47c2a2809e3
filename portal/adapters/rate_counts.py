"""Where rate limits count: in a store that all processes share, and in this process while that store is away.

A limit that cannot be counted must not keep people out: for so long each process counts for itself, so that limits are
wider and still there. The store is looked for every few seconds, by one request, which does not wait long for it.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from platform import node
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from limits.storage import MemoryStorage, Storage, storage_from_string
from redis.backoff import NoBackoff
from redis.retry import Retry

from .file_counts import FileStorage

T = TypeVar("T")

log = logging.getLogger(__name__)

_WAIT_SECONDS = 0.3
"""A count is worth no more of anybody's time."""
_PAUSE_SECONDS = 3
"""Between two looks for a store that is away."""
_SAID_SECONDS = 60
"""Between two lines in the log that say so."""

_REDIS = ("redis://", "rediss://", "redis+unix://")
_NAME = "limits-{}.db"
"""A host's own: several may share the folder over a network, where SQLite does not keep processes apart."""


def limiter_settings(address: str, folder: Path, secret: str) -> dict[str, Any]:
    """What flask-limiter is told about where to count: `file://` is a file of that folder, by digests of the secret."""
    if address.startswith("memory://"):
        return {"RATELIMIT_STORAGE_URI": address}
    shared = FileStorage(folder / _NAME.format(node()), secret) if address == "file://" else _server(address)
    return {"RATELIMIT_STORAGE_URI": "steady://", "RATELIMIT_STORAGE_OPTIONS": {"shared": shared}}


def _server(address: str) -> Storage:
    waits: dict[str, Any] = {}
    if address.startswith(_REDIS):
        waits = {"socket_timeout": _WAIT_SECONDS, "socket_connect_timeout": _WAIT_SECONDS}
        waits["retry"] = Retry(NoBackoff(), 0)
    found: Storage = storage_from_string(address, **waits)  # type: ignore[assignment]  # no address here is an async one
    return found


class SteadyStorage(Storage):
    """Counts by the shared store, or by itself while that is away."""

    STORAGE_SCHEME = ["steady"]  # noqa: RUF012 - as `limits` declares it

    def __init__(self, uri: str | None = None, *, shared: Storage, **_options: Any) -> None:
        super().__init__(uri)
        self._shared = shared
        self._own = MemoryStorage()
        self._lock = Lock()
        self._away = False
        self._next_at = self._said_at = float("-inf")

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()  # none comes out of here

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self._by(lambda store: store.incr(key, expiry, amount=amount))

    def get(self, key: str) -> int:
        return self._by(lambda store: store.get(key))

    def get_expiry(self, key: str) -> float:
        return self._by(lambda store: store.get_expiry(key))

    def check(self) -> bool:
        return self._by(lambda store: store.check())

    def reset(self) -> int | None:
        self._own.reset()
        return self._by(lambda store: store.reset())

    def clear(self, key: str) -> None:
        self._own.clear(key)
        self._by(lambda store: store.clear(key))

    def _by(self, count: Callable[[Storage], T]) -> T:
        if self._to_be_asked():
            try:
                found = count(self._shared)
            except self._shared.base_exceptions as error:
                self._failed(error)
            else:
                self._away = False
                return found
        return count(self._own)

    def _to_be_asked(self) -> bool:
        """Everybody asks a store that answers; of one that is away, one at a time."""
        if not self._away:
            return True
        with self._lock:
            due = monotonic() >= self._next_at
            if due:
                self._next_at = monotonic() + _PAUSE_SECONDS
            return due

    def _failed(self, error: Exception) -> None:
        with self._lock:
            now = monotonic()
            self._away, self._next_at = True, now + _PAUSE_SECONDS
            tell = now >= self._said_at + _SAID_SECONDS
            if tell:
                self._said_at = now
        if tell:
            facts = {"error": type(error).__name__}
            log.warning("rate limits are counted by each process for itself: their store is away", extra=facts)
