"""Where faces are looked for and designs are tried: a few threads that step back behind those which serve pages, and
give back what memory they took.

A page is a few milliseconds of work, a photo ten times that; who sent a photo does not notice the few milliseconds
that a page goes before.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

NICE = 5
"""How far they step back: a third of a core against a page's thread, all of it where nobody else wants it. Further
would be unkind to the pages themselves, as such a thread holds Python's lock now and then."""

LARGE_BYTES = 2 * 1024 * 1024
"""Buffers from here on go back to the system as soon as they are free: those of photos are."""

_M_MMAP_THRESHOLD = -3  # malloc.h


class WorkerPool:
    """Threads for heavy work. Who asks waits for the outcome; waiting costs nobody a core."""

    def __init__(self, name: str, *, threads: int = 1, nice: int = NICE) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=_prepare, initargs=(nice,))

    def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the work gives, or raises."""
        return self._threads.submit(work, *args, **kwargs).result()


def _prepare(nice: int) -> None:
    _step_back(nice)
    _give_back()


def _step_back(nice: int) -> None:
    """Linux alone has a priority for each thread; elsewhere it would be the whole process's."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + nice)


def _give_back() -> None:
    """Keep glibc from learning that large buffers come often: it would then keep them, in every thread that frees one.
    That was 150 MB in each process, and the system's zeroed pages cost a photo about 9 ms of the 80."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other libraries than glibc do not hoard so
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
