"""A stand-in of an agency's receiver for development: it keeps what comes in a folder, says whether the signature
holds, and answers as it is told.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ...clock import Clock
from ...rules.webhooks.signing import signed_by

FOLDER = "webhooks"
"""In the data folder."""
SHOWN = 60
"""Requests, the latest."""


class Manner(StrEnum):
    """How the stand-in answers."""

    TAKES = "takes"
    FAILS = "fails"
    GONE = "gone"


STATUS: Mapping[Manner, int] = {Manner.TAKES: 200, Manner.FAILS: 500, Manner.GONE: 410}


@dataclass(frozen=True, slots=True)
class Came:
    """A request that came. `holds`: whether its signature is by a secret that the stand-in was told."""

    at: datetime
    message: str
    body: str
    holds: bool
    status: int

    @property
    def event(self) -> Mapping[str, Any]:
        """What it says, as far as it is JSON."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


class LocalReceiver:
    """Keeps what came in a folder. Only for development: the files are readable."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    @property
    def manner(self) -> Manner:
        """How it answers now."""
        return Manner(self._settings().get("manner", Manner.TAKES))

    def behave(self, manner: Manner) -> None:
        """Answer so from now on."""
        self._keep(manner=manner.value)

    def know(self, secret: str) -> None:
        """Verify by this secret too."""
        self._keep(secrets=[*(one for one in self._secrets() if one != secret), secret][-10:])

    def take(self, headers: Mapping[str, str], body: str) -> int:
        """Keep a request; the status that it is answered with."""
        given = {name.lower(): value for name, value in headers.items()}
        holds = any(signed_by(given, body, secret) for secret in self._secrets())
        came = Came(self._clock(), given.get("webhook-id", "")[:80], body[:4000], holds, STATUS[self.manner])
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(self._folder / f"came-{secrets.token_hex(8)}.json", {**asdict(came), "at": came.at.isoformat()})
        return came.status

    def came(self) -> Sequence[Came]:
        """What came, the latest first."""
        kept = [json.loads(path.read_text()) for path in self._folder.glob("came-*.json")]
        came = [Came(**{**one, "at": datetime.fromisoformat(one["at"]).astimezone(UTC)}) for one in kept]
        return sorted(came, key=lambda one: one.at, reverse=True)[:SHOWN]

    def _secrets(self) -> Sequence[str]:
        found: Sequence[str] = self._settings().get("secrets", [])
        return found

    def _settings(self) -> dict[str, Any]:
        path = self._folder / "settings.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def _keep(self, **given: object) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(self._folder / "settings.json", {**self._settings(), **given})


def _write(path: Path, content: object) -> None:
    draft = path.parent / f".{path.name}-{secrets.token_hex(4)}"
    draft.write_text(json.dumps(content, ensure_ascii=False))
    draft.replace(path)
