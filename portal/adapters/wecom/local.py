"""A stand-in of 企业微信 for development and tests: it answers the same calls as the real one, refuses what that
refuses, and keeps groups and messages in a folder, so that a page can show them.

What it refuses: a key that it did not hand out or that was taken back (93000), more than 4096 bytes of markdown or none
at all, more than 20 messages a minute from one robot (45009). It can be told to be away. The company's app and its
members stand in `local_app`.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from ...clock import Clock
from .local_app import LocalApp
from .robot import GroupRobots

MOST_BYTES = 4096
MOST_A_MINUTE = 20
SHOWN = 60
"""Messages of a group, the latest."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group, and the key of the robot in it. `out`: the robot was taken out of it."""

    name: str
    key: str
    out: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a robot said in its group."""

    text: str
    at: datetime


class LocalWecom:
    """Keeps its groups in a folder. Only for development: the files are readable."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self.robots = StandInRobots(self)
        self.app = LocalApp(folder / "app", clock, self.answer)

    # Groups

    def groups(self) -> Sequence[Group]:
        """All groups with a robot."""
        path = self._folder / "groups.json"
        return [Group(**one) for one in json.loads(path.read_text())] if path.exists() else []

    def let_in(self, name: str, key: str | None = None) -> Group:
        """Let a robot into a group; the group with its key."""
        group = Group(name, key or str(uuid.uuid4()))
        self._keep([*(one for one in self.groups() if one.key != group.key), group])
        return group

    def take_out(self, key: str) -> None:
        """Take a robot out of its group."""
        self._keep([replace(one, out=True) if one.key == key else one for one in self.groups()])

    def said(self, key: str) -> Sequence[Said]:
        """What a robot said, the latest last."""
        kept = [json.loads(path.read_text()) for path in (self._folder / key).glob("*.json")] if key else []
        said = [Said(one["text"], datetime.fromisoformat(one["at"]).astimezone(UTC)) for one in kept]
        return sorted(said, key=lambda one: one.at)[-SHOWN:]

    # Being away

    @property
    def away(self) -> bool:
        """Whether nobody reaches it."""
        return (self._folder / "away").exists()

    def go_away(self, *, away: bool) -> None:
        """Be out of reach, or come back."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if away:
            (self._folder / "away").touch()
        else:
            (self._folder / "away").unlink(missing_ok=True)

    # What its server says

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What its server says to a call."""
        if self.away:
            raise httpx.ConnectError("the stand-in is away", request=request)
        if request.url.path != "/cgi-bin/webhook/send":
            return self.app.answer(request)
        key, sent = request.url.params.get("key", ""), _json(request.content)
        return httpx.Response(200, json=self._taken(key, sent))

    def _taken(self, key: str, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        group = next((one for one in self.groups() if one.key == key and not one.out), None)
        if group is None:
            return _no(93000, "invalid webhook url")
        if sent.get("msgtype") != "markdown":
            return _no(40008, "invalid message type")
        text = str((sent.get("markdown") or {}).get("content", ""))
        if not text:
            return _no(44004, "empty content")
        if len(text.encode()) > MOST_BYTES:
            return _no(40058, "markdown.content exceed max length 4096")
        now = self._clock()
        lately = [one for one in self.said(key) if now - timedelta(minutes=1) < one.at <= now]
        if len(lately) >= MOST_A_MINUTE:
            return _no(45009, "api freq out of limit")
        self.say(key, text, now)
        return {"errcode": 0, "errmsg": "ok"}

    def say(self, key: str, text: str, at: datetime) -> None:
        """Keep what a robot said: a file each, so that two processes never lose each other's."""
        folder = self._folder / key
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(folder / f"{secrets.token_hex(8)}.json", {"text": text, "at": at.isoformat()})

    def _keep(self, groups: Sequence[Group]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(self._folder / "groups.json", [asdict(one) for one in groups])


class StandInRobots(GroupRobots):
    """The robots of the stand-in: the real calls, answered here."""

    def __init__(self, wecom: LocalWecom) -> None:
        super().__init__(httpx.MockTransport(wecom.answer))
        self.wecom = wecom


def _no(errcode: int, words: str) -> Mapping[str, Any]:
    return {"errcode": errcode, "errmsg": words}


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        sent = json.loads(body)
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}


def _write(path: Path, content: object) -> None:
    draft = path.parent / f".{path.name}-{secrets.token_hex(4)}"
    draft.write_text(json.dumps(content, ensure_ascii=False))
    draft.replace(path)
