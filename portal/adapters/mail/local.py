"""A stand-in for development: mails stay in a folder, and a page shows them as an inbox."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from .sender import Letter


@dataclass(frozen=True, slots=True)
class Delivered:
    """A mail that the stand-in took."""

    letter: Letter
    at: datetime


class LocalMail:
    """Keeps mails in a folder instead of sending them: a file each, named by its key, so that a repetition is no second
    one. Only for development: the files are readable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Letter, *, key: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        (self._folder / f"{name}.json").write_text(json.dumps(asdict(letter), ensure_ascii=False), encoding="utf-8")

    def inbox(self) -> list[Delivered]:
        """What came, the newest first."""
        return sorted(map(_read, self._folder.glob("*.json")), key=lambda mail: mail.at, reverse=True)


def _read(path: Path) -> Delivered:
    letter = Letter(**json.loads(path.read_text(encoding="utf-8")))
    return Delivered(letter, datetime.fromtimestamp(path.stat().st_mtime, UTC))
