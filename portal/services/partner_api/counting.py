"""Calls are counted in the process, and written down every few seconds: no call waits for its count, and a busy system
costs no more writing than a calm one. What a process that is killed had not written is lost; one that ends writes it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from threading import Lock
from time import monotonic

from ...db import Database
from ..messages.background_sender import BackgroundSender
from ..messages.outbox import Going, Round
from . import calls

CALLS = "calls"
WRITTEN_EVERY = 10.0
"""Seconds."""


@dataclass(frozen=True, slots=True, order=True)
class Called:
    """What is counted as one: a key's calls to an operation, answered in a version, on a day."""

    day: date
    key_id: int
    operation: str
    version: str


class Counts(BackgroundSender):
    """The counts of a process that are not written down yet, and the thread that does it."""

    def __init__(self, database: Database) -> None:
        super().__init__(CALLS, self._write)
        self._database = database
        self._lock = Lock()
        self._calls: Counter[Called] = Counter()
        self._refused: Counter[Called] = Counter()
        self._failed: Counter[Called] = Counter()
        self._next_at = float("-inf")

    def note(self, called: Called, status: int) -> None:
        """Count a call that was answered with this status."""
        with self._lock:
            self._calls[called] += 1
            self._refused[called] += 400 <= status < 500
            self._failed[called] += status >= 500
            due = monotonic() >= self._next_at
        if due:  # else the thread looks by itself
            self.wake()

    def close(self) -> None:
        """Write down what is left."""
        super().close()
        self._round()

    def _write(self, _going: Going = lambda: True) -> Round:
        with self._lock:
            self._next_at = monotonic() + WRITTEN_EVERY
            taken = self._calls, self._refused, self._failed
            self._calls, self._refused, self._failed = Counter(), Counter(), Counter()
        counted, refused, failed = taken
        if not counted:
            return Round(0)
        rows = [
            {
                "day": one.day,
                "key_id": one.key_id,
                "operation": one.operation,
                "version": one.version,
                "calls": number,
                "refused": refused[one],
                "failed": failed[one],
            }
            for one, number in sorted(counted.items())
        ]
        try:
            with self._database.transaction() as session:
                calls.add(session, rows)
        except BaseException:
            with self._lock:  # they are written with the next ones
                self._calls += counted
                self._refused += refused
                self._failed += failed
            raise
        return Round(len(rows), again=WRITTEN_EVERY)
