"""Turns for work that costs the server more than its sender: so many at once, so few waiting, and no longer than some
seconds. Everybody else hears at once when to come again, so that no sender holds the threads that serve pages.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from commissions.refusal import Refusal


def busy() -> Refusal:
    """What is said where files are worked on."""
    return Refusal("busy_try_again", seconds=2)


class Turns:
    """Who wants to work takes a turn.

    at_once: that many work together. waiting: that many more wait, each for `wait_seconds` at most. refuse: what the
    others are told, with the `seconds` after which to come again.
    """

    def __init__(
        self, *, at_once: int, waiting: int, wait_seconds: float, refuse: Callable[[], Refusal] = busy
    ) -> None:
        self._places = BoundedSemaphore(at_once + waiting)
        self._turns = BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds
        self._refuse = refuse

    @contextmanager
    def take(self) -> Iterator[None]:
        """One turn. Raises what `refuse` makes."""
        if not self._places.acquire(blocking=False):
            raise self._refuse()
        try:
            if not self._turns.acquire(timeout=self._wait_seconds):
                raise self._refuse()
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()
