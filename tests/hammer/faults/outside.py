"""Who takes in what the portal sends out: a carrier of texts, and a bucket of files. Both keep it where all processes
see it, and fail by the script; the seconds are scaled (see `tests.hammer.crew.SCALED`).
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from time import sleep

from portal.adapters.delivery import NO_ANSWER, UNREACHABLE, DeliveryFailed
from portal.adapters.storage.files import FileGone, Vault, context_of, new_name
from portal.outages import NoAnswer
from tests.hammer.faults.machine import Machine

_SLOW, _HANGS = 0.4, 1.0


class Carrier:
    """Takes texts, and remembers each time that it took one."""

    def __init__(self, folder: Path, machine: Machine | None) -> None:
        self.folder = folder
        self._path = folder / "carrier"
        self._machine = machine

    def send(self, phone: str, template: str, params: Mapping[str, str], *, key: str) -> str:
        """As the carrier of the portal does; one that hangs has taken half of what it did not answer."""
        self._come(key)
        return "number"

    def has(self, phone: str, *, key: str, since: datetime) -> bool:
        """Whether it took this one."""
        self._come(None)
        return self.took()[key] > 0

    def took(self) -> Counter[str]:
        """How often it took each."""
        return (
            Counter(json.loads(line) for line in self._path.read_text().splitlines())
            if self._path.exists()
            else Counter()
        )

    def _come(self, key: str | None) -> None:
        fails = self._machine.fault if self._machine else lambda _kind: None
        if fails("carrier_away"):
            raise DeliveryFailed(UNREACHABLE, carrier=True)
        if fails("carrier_fails"):
            raise DeliveryFailed("isp.SYSTEM_ERROR", carrier=True)
        hangs = fails("carrier_hangs")
        if hangs or fails("carrier_slow"):
            sleep(_HANGS if hangs else _SLOW)
        if key is not None and not (hangs and self._machine.dice()):  # type: ignore[union-attr]
            self._take(key)
        if hangs:
            raise DeliveryFailed(NO_ANSWER, carrier=True)

    def _take(self, key: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, json.dumps(key).encode() + b"\n")
        os.close(descriptor)


class Bucket:
    """Keeps sealed files."""

    def __init__(self, folder: Path, vault: Vault, machine: Machine | None) -> None:
        self._folder = folder / "bucket"
        self._vault = vault
        self._machine = machine
        self._folder.mkdir(exist_ok=True)

    def put_sealed(self, name: str, sealed: bytes) -> None:
        """Take a file; one that hangs has taken half of what it did not answer."""
        hangs = self._come()
        if not hangs or self._machine.dice():  # type: ignore[union-attr]
            draft = self._folder / f".{new_name()}"
            draft.write_bytes(sealed)
            draft.replace(self._folder / name)
        self._answer(hangs)

    def get(self, name: str) -> bytes:
        self._answer(self._come())
        try:
            sealed = (self._folder / name).read_bytes()
        except FileNotFoundError as error:
            raise FileGone(name) from error
        return self._vault.open(sealed, context_of(name))

    def delete(self, name: str) -> None:
        hangs = self._come()
        (self._folder / name).unlink(missing_ok=True)
        self._answer(hangs)

    def written_before(self, instant: datetime) -> Iterator[str]:
        self._answer(self._come())
        kept = [path for path in self._folder.glob("[0-9a-f]*") if path.stat().st_mtime < instant.timestamp()]
        return iter([path.name for path in kept])

    def _come(self) -> bool:
        if self._machine is None:
            return False
        if self._machine.fault("bucket_away"):
            raise NoAnswer("the bucket")
        hangs = self._machine.fault("bucket_hangs") is not None
        if hangs or self._machine.fault("bucket_late"):
            sleep(_HANGS if hangs else _SLOW)
        return hangs

    @staticmethod
    def _answer(hangs: bool) -> None:
        if hangs:
            raise NoAnswer("the bucket")
