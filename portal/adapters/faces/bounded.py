"""The process's one engine: loaded when it is first wanted, and never at work on more photos than the machine
bears, so that looking at faces does not starve the pages that are being served beside it.

It works in threads of its own: an engine keeps its nets by thread, so that a server with many threads would hold as
many copies of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from threading import Lock

from portal.adapters.faces.engine import Engine, Face, Image
from portal.adapters.turns import Turns
from portal.adapters.worker_pool import WorkerPool
from portal.rules.showings.checkin import Thresholds

AT_ONCE = 1
"""Photos that a process looks at together: one core for faces, the others for pages."""

WAITING = 3
"""How many more wait for their turn."""

WAIT_SECONDS = 4.0
"""How long a photo waits for its turn; at some 50 ms each, that is a queue nobody should stand longer in."""


class BoundedEngine:
    """An `Engine` over another that `load` brings on first use."""

    def __init__(
        self, load: Callable[[], Engine], *, at_once: int = AT_ONCE, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._load = load
        self._loading = Lock()
        self._turns = Turns(at_once=at_once, waiting=WAITING, wait_seconds=wait_seconds)
        self._threads = WorkerPool("faces", threads=at_once)

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def version(self) -> str:
        return self._engine.version

    @property
    def thresholds(self) -> Thresholds:
        return self._engine.thresholds

    def analyse(self, image: Image) -> list[Face]:
        """Every face in the picture, the largest first. Raises Refusal(busy_try_again) after a short wait."""
        with self._turns.take():
            return self._threads.run(self._engine.analyse, image)

    @cached_property
    def _loaded(self) -> Engine:
        return self._load()

    @property
    def _engine(self) -> Engine:
        with self._loading:  # two first requests must not load it twice
            return self._loaded
