"""A folder to work in beside what is being made: it goes with its command, and with the next one if that was killed."""

import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder in `parent` whose name begins with `prefix`; what killed commands left there under it is removed first.

    A command holds a lock on its folder, which the kernel takes from it however it ends: so what has no lock is
    nobody's any more. Asked to stop, a command removes its folder itself.
    """
    for left in parent.glob(f"{prefix}*"):
        _remove_unless_held(left)
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        with _made(parent, prefix) as folder:
            yield folder
    finally:
        signal.signal(signal.SIGTERM, before)


def is_held(parent: Path, prefix: str) -> bool:
    """Whether another command works there just now."""
    return any(_is_held(folder) for folder in parent.glob(f"{prefix}*"))


@contextmanager
def _made(parent: Path, prefix: str) -> Iterator[Path]:
    while True:
        with tempfile.TemporaryDirectory(dir=parent, prefix=prefix, ignore_cleanup_errors=True) as name:
            opened = os.open(name, os.O_RDONLY)
            try:
                fcntl.flock(opened, fcntl.LOCK_EX)
                if Path(name).exists():  # or another command took it for one that was left, before it was locked
                    yield Path(name)
                    return
            finally:
                os.close(opened)


def _stop(_number: int, _frame: FrameType | None) -> None:
    sys.exit(1)


def _is_held(folder: Path) -> bool:
    try:
        with _tried(folder) as free:
            return not free
    except FileNotFoundError:
        return False


def _remove_unless_held(folder: Path) -> None:
    with suppress(OSError), _tried(folder) as free:  # somebody else may have removed it
        if free:
            shutil.rmtree(folder)


@contextmanager
def _tried(folder: Path) -> Iterator[bool]:
    """Whether a folder could be locked; it is, until this ends."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(opened)
