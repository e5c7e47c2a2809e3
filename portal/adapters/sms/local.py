"""A stand-in for development: texts stay in a folder, and a page shows them as an inbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .inbound import Report


@dataclass(frozen=True, slots=True)
class Delivered:
    """A text that the stand-in took."""

    key: str
    phone: str
    template: str
    params: Mapping[str, str]
    at: datetime


class LocalSms:
    """Keeps texts in a folder instead of sending them: a file each, named by its key, so that a repetition is no second
    one. Only for development: the files are readable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, phone: str, template: str, params: Mapping[str, str], *, key: str) -> str:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {"phone": phone, "template": template, "params": dict(params)}
        (self._folder / f"{key}.json").write_text(json.dumps(content, ensure_ascii=False))
        return key

    def has(self, phone: str, *, key: str, since: datetime) -> bool:  # noqa: ARG002 - a key is enough here
        return (self._folder / f"{key}.json").exists()

    def report(self, phone: str, *, key: str, number: str, sent_at: datetime) -> Report | None:  # noqa: ARG002 - as above
        return Report(key, None) if (self._folder / f"{key}.json").exists() else None

    def inbox(self) -> list[Delivered]:
        """What came, the newest first."""
        return sorted(map(_read, self._folder.glob("*.json")), key=lambda text: text.at, reverse=True)

    def find(self, key: str) -> Delivered | None:
        """The text of this key."""
        return next((text for text in self.inbox() if text.key == key), None)


def _read(path: Path) -> Delivered:
    kept = json.loads(path.read_text())
    return Delivered(key=path.stem, **kept, at=datetime.fromtimestamp(path.stat().st_mtime, UTC))
