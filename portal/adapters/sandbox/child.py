"""The child: reads a file a job, and says what it found. It is started by `pool` and ends with it.

It gives itself limits before it looks at anything: so much memory, no file of its own, so much CPU time a job. Who
passes them is ended by the system, and the pool begins another one.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from select import select
from typing import Any

from commissions.refusal import Refusal
from portal.adapters.sandbox import wire

JOBS = {
    "photo": "portal.adapters.images.photos:remake",
    "qr": "portal.adapters.images.qr_reader:read_in_child",
    "table": "portal.adapters.sheets.tables:read_in_child",
}
"""What a child can do, and where."""

IDLE_SECONDS = 300
"""A child that nobody asks for so long ends, and its memory with it."""

NICE = 10
"""How far it steps back: a tenth of a core against a server that serves pages, all of it where nobody else wants it. It
holds nothing that those wait for."""

LARGE_BYTES = 2 * 1024 * 1024
"""Buffers from here on go back to the system as soon as they are free: those of photos are. glibc would learn that they
come often, and keep them."""

_M_MMAP_THRESHOLD = -3  # malloc.h

_STATUS = Path("/proc/self/status")

Work = Callable[..., tuple[Any, Sequence[wire.Blob]]]


def main() -> None:
    """Do job after job, until nobody asks any more."""
    cpu_seconds, memory_mb = (int(one) for one in sys.argv[1:3])
    asked = os.fdopen(os.dup(0), "rb", buffering=0)
    said = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not stand between the messages
    _confine(memory_mb)
    with contextlib.suppress(wire.Broken):
        while select([asked], [], [], IDLE_SECONDS)[0]:
            header, blobs = wire.receive(asked)
            _allow(cpu_seconds)
            answer, found = _done(header, bytes(blobs[0]))
            wire.send(said, answer | {"peak_mb": _peak_mb()}, found)


def _done(header: wire.Header, data: bytes) -> tuple[wire.Header, Sequence[wire.Blob]]:
    try:
        value, blobs = _work(header["job"])(data, **header["given"])
    except Refusal as refusal:
        return {"refusal": refusal.code, "facts": refusal.facts}, ()
    except MemoryError:
        return {"over": "memory"}, ()
    except Exception as error:
        return {"fault": _where(error)}, ()
    return {"value": value}, blobs


def _where(error: Exception) -> str:
    """What went wrong and where, without its message: that may quote the file, which a log must not."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " < ".join([type(error).__name__, *(f"{one.name}:{one.lineno}" for one in reversed(frames))])


def _work(job: str) -> Work:
    module, name = JOBS[job].split(":")
    work: Work = getattr(import_module(module), name)
    return work


def _peak_mb() -> int:
    """The most memory this program ever took. Linux's `ru_maxrss` begins with what the server that started it took."""
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _confine(memory_mb: int) -> None:
    os.nice(NICE)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other libraries than glibc do not hoard so
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
    _limit(resource.RLIMIT_CORE, 0)  # whatever was in its memory stays there
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_AS, memory_mb * 1024 * 1024)


def _allow(cpu_seconds: int) -> None:
    """So much CPU time from now on; its limit counts whole seconds since the child began."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime) + cpu_seconds, hard=False)


def _limit(what: int, most: int, *, hard: bool = True) -> None:
    before = resource.getrlimit(what)[1]
    if before != resource.RLIM_INFINITY:
        most = min(most, before)
    with contextlib.suppress(OSError, ValueError):  # macOS has no limit on memory
        resource.setrlimit(what, (most, most if hard else before))


if __name__ == "__main__":
    main()
