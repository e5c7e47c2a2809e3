"""What was found good once, by a reader that has not changed since, is good again: it is read once for all workers and
from one run to the next.
"""

from hashlib import sha256
from pathlib import Path

MOST_BYTES = 4_000_000
"""A list that grew longer than that begins anew: most of what it knows is of pages as they once were."""


class KnownGood:
    """A list in a file to which every worker adds. `reader` says who found it good: another one trusts none of it."""

    def __init__(self, file: Path, reader: bytes) -> None:
        self._file = file
        self._reader = reader
        self._known: set[str] = set()
        self._read_to = 0
        if file.exists() and file.stat().st_size > MOST_BYTES:
            file.unlink(missing_ok=True)

    def knows(self, thing: str) -> bool:
        """Whether this was found good, by whomever."""
        digest = self._digest(thing)
        if digest not in self._known:
            self._read_on()
        return digest in self._known

    def add(self, thing: str) -> None:
        """Say that it is good."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        line = f"{self._digest(thing)}\n".encode()
        with self._file.open("ab", buffering=0) as file:  # a line is written at once, whoever else writes
            file.write(line)
        self._known.add(self._digest(thing))

    def _digest(self, thing: str) -> str:
        return sha256(self._reader + thing.encode()).hexdigest()

    def _read_on(self) -> None:
        """What others added meanwhile, in whole lines."""
        if not self._file.exists():
            return
        with self._file.open("rb") as file:
            file.seek(self._read_to)
            added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._known.update(whole.decode().split())
