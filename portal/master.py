"""gunicorn's master, with one thing more: a process that serves goes when another one is ready in its place.

gunicorn itself ends the old processes as soon as it has started new ones, and everybody waits while those import the
portal. Here a reload (SIGHUP) lets the old ones serve until each new one looks at its connections. And a process that
cannot start, as with a mistake in new code, ends the server only where nobody else serves.

    python -m portal.master portal.app:create_app() --bind …      as gunicorn's own command line
"""

import signal
import sys
from contextlib import suppress
from time import monotonic
from typing import Any

from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer

_PAUSE_SECONDS = 5
"""After a process that could not start, before another one is tried."""


class _NotReloaded(Exception):
    """What should have been reloaded does not start."""


class Master(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """See above. Everything else is gunicorn's."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.START_CTX["args"] = [sys.executable, *sys.orig_argv[1:]]  # how a new master is started (SIGUSR2): by -m
        self._retired: set[int] = set()
        self._not_before = 0.0
        self._reloading = False
        self._outdated: set[int] = set()
        self._held_back = 0

    def reload(self) -> None:
        """New processes for old ones, one after another; where the new do not start, at once no more of it."""
        self._reloading, self._outdated, self._held_back = True, set(self.WORKERS), self.cfg.workers
        with suppress(_NotReloaded):
            super().reload()
        self._reloading = False

    def spawn_worker(self) -> int | None:
        """Start a process. A reload would start all at once, and they would take the cores from those that serve."""
        if self._held_back:
            self._held_back -= 1
            return None
        pid: int = super().spawn_worker()
        return pid

    def manage_workers(self) -> None:
        """Start who is missing or replaces another; of too many let the oldest go, as soon as enough are ready."""
        self._retired &= self.WORKERS.keys()
        serving = {pid: one for pid, one in self.WORKERS.items() if pid not in self._retired}
        oldest_first = sorted(serving, key=lambda pid: serving[pid].age)
        ready = [pid for pid in oldest_first if _is_ready(serving[pid])]
        wanted = self.num_workers - len(serving)
        if wanted <= 0 and len(ready) == len(serving) == self.num_workers and self._outdated & serving.keys():
            wanted = 1
        if monotonic() >= self._not_before:
            for _ in range(wanted):
                self.spawn_worker()
        for pid in ready[: max(0, len(ready) - self.num_workers)]:
            self._retired.add(pid)
            self.kill_worker(pid, signal.SIGTERM)

    def reap_workers(self) -> None:
        """Note who ended. A reload waits here for the old ones, so look whether they may go."""
        try:
            super().reap_workers()
        except HaltServer:
            if not any(_is_ready(one) for pid, one in self.WORKERS.items() if pid not in self._retired):
                raise
            self._not_before = monotonic() + _PAUSE_SECONDS
            self._outdated.clear()
            assert self.log is not None  # set when the arbiter was made
            self.log.error("A process could not start; those that serve go on.")
            if self._reloading:
                raise _NotReloaded from None
        if self.LISTENERS:  # not while the whole server ends
            self.manage_workers()


def _is_ready(worker: Any) -> bool:
    """Whether it looks at its connections. It says so by the time of a file, by a clock that begins with the machine;
    until then that is the time of day, which is far later."""
    return bool(worker.tmp.last_update() <= monotonic())


class Server(WSGIApplication):  # type: ignore[misc]
    """gunicorn's command line, with that master."""

    def run(self) -> None:
        """Serve until told to stop."""
        Master(self).run()


if __name__ == "__main__":
    Server("%(prog)s [OPTIONS] APP_MODULE", prog="portal.master").run()
