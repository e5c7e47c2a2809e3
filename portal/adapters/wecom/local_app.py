"""The stand-in of a company's app in 企业微信: it hands out a token, takes messages to members, and keeps them in a
folder.

What it refuses: a wrong secret (40001), a token that it did not hand out or that it called back (40014), an agent of
another app (301002), whoever does not see the app (81013), a card that is no card (40008). A message that comes again
word for word within its interval is shown once. Of one reader it takes 30 a minute; what is beyond is dropped without a
word, as 企业微信 does.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from ...clock import Clock
from .app import WeComApp

CORP_ID, AGENT_ID, SECRET = "ww0000000000stand", 1000002, "of-the-stand-in"
MOST_A_MINUTE = 30
SHOWN = 40
"""Messages of a member, the latest."""
_NAME = re.compile(r"[\w.@-]{1,64}")


@dataclass(frozen=True, slots=True)
class Card:
    """A message as its reader sees it."""

    title: str
    text: str
    link: str
    button: str
    at: str

    @property
    def came_at(self) -> datetime:
        """When it came."""
        return datetime.fromisoformat(self.at).astimezone(UTC)


class LocalApp:
    """Keeps members, messages and its token in a folder. Only for development: the files are readable."""

    def __init__(self, folder: Path, clock: Clock, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._folder = folder
        self._clock = clock
        self.carrier = StandInApp(self, answer)

    # Members

    def members(self) -> Sequence[str]:
        """Whoever got a message, or was hidden from the app."""
        return sorted(path.name for path in self._folder.glob("*") if path.is_dir())

    def hide(self, member: str, *, hidden: bool) -> None:
        """Let a member see the app no longer, or again."""
        folder = self._of(member)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if hidden:
            (folder / "hidden").touch()
        else:
            (folder / "hidden").unlink(missing_ok=True)

    def is_hidden(self, member: str) -> bool:
        """Whether a member does not see the app."""
        return (self._of(member) / "hidden").exists()

    def cards(self, member: str) -> Sequence[Card]:
        """What a member got, the latest last."""
        kept = [json.loads(path.read_text()) for path in self._of(member).glob("*.json")]
        return sorted((Card(**one) for one in kept), key=lambda one: one.at)[-SHOWN:]

    def call_token_back(self) -> None:
        """Take the token back before its end, as 企业微信 may."""
        (self._folder / "token").unlink(missing_ok=True)

    # What its server says

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What its server says to a call of the app."""
        if request.url.path == "/cgi-bin/gettoken":
            return httpx.Response(200, json=self._token(request.url.params))
        if request.url.path == "/cgi-bin/message/send":
            return httpx.Response(200, json=self._taken(request.url.params.get("access_token", ""), request.content))
        return httpx.Response(404, text="not found")

    def _token(self, asked: Mapping[str, str]) -> Mapping[str, Any]:
        if asked.get("corpid") != CORP_ID:
            return _no(40013, "invalid corpid")
        if asked.get("corpsecret") != SECRET:
            return _no(40001, "invalid credential")
        path = self._folder / "token"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(f"token-of-the-app-{secrets.token_hex(16)}")
        return {"errcode": 0, "errmsg": "ok", "access_token": path.read_text(), "expires_in": 7200}

    def _taken(self, token: str, body: bytes) -> Mapping[str, Any]:
        path = self._folder / "token"
        if not path.exists() or path.read_text() != token:
            return _no(40014, "invalid access_token")
        sent, card = json.loads(body), json.loads(body).get("textcard") or {}
        if sent.get("agentid") != AGENT_ID:
            return _no(301002, "not allow operate another agent with this accesstoken")
        if sent.get("msgtype") != "textcard" or not all(card.get(one) for one in ("title", "description", "url")):
            return _no(40008, "invalid message type")
        member = str(sent.get("touser", ""))
        if not _NAME.fullmatch(member) or self.is_hidden(member):
            return _no(81013, "all user, party and tag invalid or not allowed")
        self._keep(member, card, sha256(body).hexdigest()[:32], int(sent.get("duplicate_check_interval", 0)))
        return {"errcode": 0, "errmsg": "ok", "msgid": f"stand-in-{secrets.token_hex(6)}"}

    def _keep(self, member: str, card: Mapping[str, str], name: str, interval: int) -> None:
        now, came = self._clock(), self.cards(member)
        folder, lately = self._of(member), [one for one in came if now - one.came_at < timedelta(minutes=1)]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{name}.json"
        if path.exists():
            before = Card(**json.loads(path.read_text()))
            if now - before.came_at < timedelta(seconds=interval):
                return
        if len(lately) < MOST_A_MINUTE:
            shown = Card(card["title"], card["description"], card["url"], card.get("btntxt", "详情"), now.isoformat())
            draft = folder / f".{name}-{secrets.token_hex(4)}"
            draft.write_text(json.dumps(asdict(shown), ensure_ascii=False))
            draft.replace(path)

    def _of(self, member: str) -> Path:
        return self._folder / (member if _NAME.fullmatch(member) else "-")


class StandInApp(WeComApp):
    """The app of the stand-in: the real calls, answered here."""

    def __init__(self, app: LocalApp, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        super().__init__(CORP_ID, AGENT_ID, SECRET, httpx.MockTransport(answer))
        self.app = app


def _no(errcode: int, words: str) -> Mapping[str, Any]:
    return {"errcode": errcode, "errmsg": words}
