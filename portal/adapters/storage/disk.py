"""The disk below the data folder: whether it takes anything in, and how much room it has."""

import os
import shutil
import tempfile
from pathlib import Path
from threading import Lock
from time import monotonic

from ...outages import Outage, outage_of

_LOOK_SECONDS = 5
"""Whoever asks more often gets the answer of the last time: asking costs the disk a write."""
_TRIED = b"\0" * 65_536


class Disk:
    """The disk of one folder. `spare_mb`: how much room it should have."""

    def __init__(self, folder: Path, spare_mb: int) -> None:
        self._folder = folder
        self._spare = spare_mb * 1024 * 1024
        self._lock = Lock()
        self._looked_at = float("-inf")
        self._found: Outage | None = None

    def outage(self) -> Outage | None:
        """What keeps the disk from taking anything in, as of the last five seconds."""
        with self._lock:
            if monotonic() - self._looked_at >= _LOOK_SECONDS:
                self._found, self._looked_at = self._try(), monotonic()
            return self._found

    def is_nearly_full(self) -> bool:
        """Whether there is less room than there should be."""
        try:
            return shutil.disk_usage(self._folder).free < self._spare
        except OSError:
            return False  # `outage` tells more

    def _try(self) -> Outage | None:
        try:
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(_TRIED)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            not_ours = isinstance(error, PermissionError)
            return outage_of(error) or (Outage.READ_ONLY if not_ours else Outage.AWAY)
        return None
