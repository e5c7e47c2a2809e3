"""The stand-in of an official account's notices: it takes them as WeChat would, and keeps them in a folder.

What it refuses: a token that it did not hand out (40001), a template that it does not know (40037), a field that is
longer than its kind takes (47003), whoever does not follow the account (43004). What comes again under one
`client_msg_id` within ten minutes is shown once. It can be told to be away.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from ...clock import Clock
from .local import TOKEN, LocalWeChat
from .notices import OF_ALL, RECOGNISES, Template, WeChatNotices

TEMPLATE_ID = "template-of-the-stand-in"
FIELDS = {"what": "thing1", "do": "thing2", "at": "time3", "count": "number4"}
SHOWN = 40
"""Notices of a follower, the latest."""
_NAME = re.compile(r"[\w-]{1,64}")
_LONGEST_THING = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice as its reader sees it."""

    what: str
    do: str
    when: str
    count: str
    link: str
    at: str

    @property
    def came_at(self) -> datetime:
        """When it came."""
        return datetime.fromisoformat(self.at).astimezone(UTC)


class LocalNotices:
    """Keeps who follows the account, and what they got. Only for development: the files are readable."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder / "notices"
        self._clock = clock
        self.carrier = StandInNotices(self, LocalWeChat(folder))

    def readers(self) -> Sequence[str]:
        """Whoever got a notice, or unfollowed."""
        return sorted(path.name for path in self._folder.glob("*") if path.is_dir())

    def follow(self, reader: str, *, following: bool) -> None:
        """Let somebody follow the account, or no longer."""
        folder = self._of(reader)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if following:
            (folder / "unfollowed").unlink(missing_ok=True)
        else:
            (folder / "unfollowed").touch()

    def follows(self, reader: str) -> bool:
        """Whether somebody follows the account; here everybody does until he stops."""
        return not (self._of(reader) / "unfollowed").exists()

    def came(self, reader: str) -> Sequence[Shown]:
        """What somebody got, the latest last."""
        kept = [json.loads(path.read_text()) for path in self._of(reader).glob("*.json")]
        return sorted((Shown(**one) for one in kept), key=lambda one: one.at)[-SHOWN:]

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

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What WeChat's server says to a notice."""
        if self.away:
            raise httpx.ConnectError("the stand-in is away", request=request)
        return httpx.Response(200, json=self._taken(request.url.params.get("access_token", ""), request.content))

    def _taken(self, token: str, body: bytes) -> Mapping[str, Any]:
        sent = json.loads(body)
        data = {field: str(one.get("value", "")) for field, one in (sent.get("data") or {}).items()}
        reader, key = str(sent.get("touser", "")), str(sent.get("client_msg_id", ""))
        if not token.startswith(TOKEN):
            return _no(40001, "invalid credential, access_token is invalid or not latest")
        if sent.get("template_id") != TEMPLATE_ID:
            return _no(40037, "invalid template_id")
        if not _NAME.fullmatch(reader):
            return _no(40003, "invalid openid")
        if not self.follows(reader):
            return _no(43004, "require subscribe")
        if any(field.startswith("thing") and len(value) > _LONGEST_THING for field, value in data.items()):
            return _no(47003, "argument invalid! data.thing.value invalid")
        self._keep(reader, key, data, str(sent.get("url", "")))
        return {"errcode": 0, "errmsg": "ok", "msgid": secrets.randbelow(10**15)}

    def _keep(self, reader: str, key: str, data: Mapping[str, str], link: str) -> None:
        folder, now = self._of(reader), self._clock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{key if _NAME.fullmatch(key) else secrets.token_hex(8)}.json"
        if path.exists() and now - Shown(**json.loads(path.read_text())).came_at < RECOGNISES:
            return
        what, do, when, count = (data.get(field, "") for field in FIELDS.values())
        draft = folder / f".{path.stem}-{secrets.token_hex(4)}"
        draft.write_text(json.dumps(asdict(Shown(what, do, when, count, link, now.isoformat())), ensure_ascii=False))
        draft.replace(path)

    def _of(self, reader: str) -> Path:
        return self._folder / (reader if _NAME.fullmatch(reader) else "-")


class StandInNotices(WeChatNotices):
    """The notices of the stand-in: the real call, answered here."""

    def __init__(self, notices: LocalNotices, account: LocalWeChat) -> None:
        templates = {OF_ALL: Template(TEMPLATE_ID, FIELDS)}
        super().__init__(account, templates, "https://stand-in.invalid", httpx.MockTransport(notices.answer))
        self.notices = notices


def _no(errcode: int, words: str) -> Mapping[str, Any]:
    return {"errcode": errcode, "errmsg": words}
