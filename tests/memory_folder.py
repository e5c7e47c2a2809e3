"""Where tests put their files: into memory, where the machine has a folder of it with room.

Each test makes databases and takes them away again. A disk's file system looks long for a place for a file where many
were just removed: on ext4 every fifth second of the tests on PostgreSQL went into that. A container's own folder in
memory is mostly too small; there, and where somebody chose a place by `TMPDIR`, all stays as it was.
"""

import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path("/dev/shm")
ROOM = 8 * 2**30
"""Bytes that must be free: a run fills less than one of these eight, and such a machine has sixteen."""


def prefer_memory() -> None:
    """From now on temporary files, of this process and of those it starts, are in memory if they may."""
    if "TMPDIR" not in os.environ and _has_room(FOLDER):
        os.environ["TMPDIR"] = str(FOLDER)
        tempfile.tempdir = None


def _has_room(folder: Path) -> bool:
    """Programs are laid there too, and started."""
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        return False
    return not os.statvfs(folder).f_flag & os.ST_NOEXEC and shutil.disk_usage(folder).free >= ROOM
