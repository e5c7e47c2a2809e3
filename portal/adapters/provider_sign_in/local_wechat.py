"""A stand-in of WeChat's sign-in, for development and tests: the same messages, and whoever is chosen on its page."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx

from .wechat import App, WeChatProvider

ACCOUNT, SITE = App("wx0000000000stand", "of-the-stand-in"), App("wx000000000site", "of-the-stand-in")
_CODE_LASTS = 300
_PEOPLE = ("阿明", "小周", "王姐")
"""Who uses WeChat there."""


class LocalWeChatSignIn(WeChatProvider):
    """Keeps the codes that it handed out in a folder. Only for development."""

    def __init__(self, folder: Path, page: str, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(ACCOUNT, SITE, pages=page, transport=httpx.MockTransport(self._answer), clock=clock)
        self._folder = folder
        self._now = clock

    def people(self) -> tuple[str, ...]:
        """Whom one can be there, by nickname."""
        return _PEOPLE

    def sign_in(self, who: str, query: str) -> str | None:
        """Where somebody goes who said yes in WeChat to this question; None where it is none of ours."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        if who not in _PEOPLE or asked.get("appid") not in {ACCOUNT.app_id, SITE.app_id}:
            return None
        code = secrets.token_hex(16)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = {"who": who, "appid": asked["appid"], "at": self._now()}
        (self._folder / f"code-{code}").write_text(json.dumps(kept, ensure_ascii=False))
        answer = {"code": code, "state": asked.get("state", "")}
        return str(httpx.URL(asked.get("redirect_uri", "")).copy_merge_params(answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        """What WeChat's server says; its errors come with status 200 as well."""
        asked = dict(request.url.params)
        known = {one.app_id: one.secret for one in (ACCOUNT, SITE)}
        if request.url.path != "/sns/oauth2/access_token" or known.get(asked.get("appid", "")) != asked.get("secret"):
            return _refused(40125)
        kept = self._taken(asked.get("code", ""))
        if kept is None:
            return _refused(40163)
        if kept["appid"] != asked["appid"] or self._now() - kept["at"] > _CODE_LASTS:
            return _refused(40029)
        number = _PEOPLE.index(kept["who"])
        said = {"access_token": "none", "openid": f"o-{asked['appid']}-{number}", "unionid": f"u-{number}"}
        return httpx.Response(200, json=said)

    def _taken(self, code: str) -> dict[str, Any] | None:
        """What a code was handed out for; it is good once."""
        if not code.isalnum():
            return None
        taken = self._folder / f"used-{code}"
        try:
            (self._folder / f"code-{code}").rename(taken)
        except OSError:
            return None
        kept: dict[str, Any] = json.loads(taken.read_text())
        return kept


def _refused(code: int) -> httpx.Response:
    return httpx.Response(200, json={"errcode": code, "errmsg": "of the stand-in"})
