"""Child processes that read files of strangers: started when the first file comes, few, with few files waiting.

A child that passes its limits is ended, and the next file gets another one. It is begun as a new program and not
forked: a fork of a server with many threads would take their locks along. It knows none of the server's settings.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import logging
import os
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from commissions.refusal import rebuild
from portal.adapters.sandbox import wire
from portal.adapters.turns import Turns

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[3]
_PROGRAM = (sys.executable, "-W", "ignore", "-m", "portal.adapters.sandbox.child")
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
_PIPE_BYTES = 1024 * 1024


class OverLimit(Exception):
    """Reading the file took more CPU time, memory or patience than a file may cost."""


class Unreadable(Exception):
    """The reader stumbled over the file in a way that nobody had thought of; the log has its trace."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost: CPU seconds, seconds by the clock, megabytes. A child that has done `jobs` of
    them, or once took more than `keep_mb`, ends: what it has gathered by then goes with it."""

    cpu_seconds: int
    seconds: float
    memory_mb: int
    keep_mb: int
    jobs: int


class Pool:
    """Children for one kind of file: one file at a time, `waiting` more for `wait_seconds`; everybody else is told to
    come again."""

    def __init__(self, limits: Limits, *, waiting: int, wait_seconds: float) -> None:
        self._limits = limits
        self._turns = Turns(at_once=1, waiting=waiting, wait_seconds=wait_seconds)
        self._idle: deque[_Child] = deque()
        os.register_at_fork(after_in_child=self._idle.clear)  # two processes must not share a child's answers
        atexit.register(self.close)

    def run(self, job: str, data: bytes, **given: Any) -> tuple[Any, list[bytearray]]:
        """What a job (see `child.JOBS`) made of a file: a value, and blobs.

        Raises Refusal: those of the job, and busy_try_again; OverLimit; Unreadable.
        """
        with self._turns.take():
            said, blobs = self._asked({"job": job, "given": given}, data)
        if "refusal" in said:
            raise rebuild(said["refusal"], said["facts"])
        if "over" in said:
            raise OverLimit(said["over"])
        if "fault" in said:
            log.warning("a file could not be read", extra={"job": job, "trace": said["fault"]})
            raise Unreadable
        return said["value"], blobs

    def _asked(self, header: wire.Header, data: bytes) -> tuple[wire.Header, list[bytearray]]:
        child = self._child()
        try:
            said, blobs = child.ask(self._limits.seconds, header, data)
        except wire.Broken as error:
            if child.left_unasked():
                return self._asked(header, data)
            raise child.why_it_ended() from error
        except BaseException:
            child.end()
            raise
        if child.jobs < self._limits.jobs and said["peak_mb"] <= self._limits.keep_mb and "over" not in said:
            self._idle.append(child)
        else:
            child.end()
        return said, blobs

    def close(self) -> None:
        """End the children that wait for work; another file gets another one."""
        while self._idle:
            self._idle.pop().end()

    def _child(self) -> _Child:
        while self._idle:
            child = self._idle.pop()
            if child.runs:
                return child
            child.end()
        return _Child(self._limits)


class _Child:
    """One child process."""

    def __init__(self, limits: Limits) -> None:
        self.jobs = 0
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [*_PROGRAM, str(limits.cpu_seconds), str(limits.memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=_environment(),
            start_new_session=True,  # a Ctrl+C in the terminal is the server's: a photo is finished first
        )
        if sys.platform == "linux":
            for pipe in (self._process.stdin, self._process.stdout):
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)  # type: ignore[arg-type]  # both are pipes

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def ask(self, seconds: float, header: wire.Header, data: bytes) -> tuple[wire.Header, list[bytearray]]:
        """Send a job and wait for what comes of it. Raises wire.Broken where the child ended, or was ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.jobs += 1
        watch = Timer(seconds, self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            wire.send(self._process.stdin, header, (data,))
            return wire.receive(self._process.stdout)
        finally:
            watch.cancel()

    def end(self) -> None:
        """End it, and leave nothing of it open."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def left_unasked(self) -> bool:
        """Whether it had waited so long that it ended by itself, just when it was asked."""
        return self.jobs > 1 and self._code() == 0

    def why_it_ended(self) -> Exception:
        """Ended by a signal it had passed its limits; otherwise the fault is ours."""
        code = self._code()
        self.end()
        ended = code is not None and code < 0
        return OverLimit("cpu or clock") if ended else RuntimeError(f"a child ended by itself, with {code}")

    def _code(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=1)
        return None


def _environment() -> dict[str, str]:
    """None of our secrets, no threads of numpy's own, and the same code as ours."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
