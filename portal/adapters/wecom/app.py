"""Messages to one person by the company's own app (自建应用): two documented calls.

    GET  https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=…&corpsecret=…        (document/path/91039)
    POST https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=…           (document/path/90236)

A message is a `textcard`: it can be read in WeChat too, where the company lets its members use that. What is sent again
word for word within four hours is not shown twice (`enable_duplicate_check`). A member is bounded at 30 messages a
minute, beyond which 企业微信 drops them without a word; we send ten an hour at most (`rules.notifications.ways`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from ...rules.provider_sign_in.claims import Issuer
from ..apps import Note, TokenIsOver
from ..delivery import NOT_UNDERSTOOD, DeliveryFailed
from ..tencent import BUSY, TIMEOUT_SECONDS, Grant, answer_of, grant_in
from .calls import HOST, TOO_MANY, code_of

RECOGNISES = timedelta(hours=4)
"""The longest `duplicate_check_interval`."""
MOST_TITLE, MOST_TEXT = 128, 512
"""Characters of a card."""

_TOKEN_IS_OVER = {40014, 42001}
_FOR_ALL = {BUSY, TOO_MANY, 40001, 40013, 48002, 60020, 301002}
"""What meets every message alike, until somebody mends it or a while has gone by: busy, too many, a wrong secret or
company, an app that may not send, an address of ours that is not on the list (企业可信IP), an agent of another app."""
OUT_OF_SIGHT = code_of(81013)
"""Nobody of that name, or not among those who see the app (可见范围)."""
UNLICENSED = "wecom_unlicensed"
NOT_REACHED = frozenset({OUT_OF_SIGHT, UNLICENSED, code_of(40003), code_of(60111)})
"""What lies with one person: who sees the app is set up in 企业微信."""


class WeComApp:
    """One app of one company in 企业微信."""

    recognises = RECOGNISES

    def __init__(self, corp_id: str, agent_id: int, secret: str, transport: httpx.BaseTransport | None = None) -> None:
        self.name = f"wecom:{corp_id}:{agent_id}"
        self.issuer = Issuer.of_wecom(corp_id)
        self._corp_id = corp_id
        self._agent_id = agent_id
        self._secret = secret
        self._http = httpx.Client(transport=transport, timeout=TIMEOUT_SECONDS, follow_redirects=False)

    def token(self) -> Grant:
        asked = {"corpid": self._corp_id, "corpsecret": self._secret}
        answer = answer_of(self._http, "GET", f"{HOST}/cgi-bin/gettoken", params=asked)
        errcode = answer.get("errcode", 0)
        if errcode != 0:
            raise DeliveryFailed(code_of(errcode), carrier=True)
        grant = grant_in(answer)
        if grant is None:
            raise DeliveryFailed(NOT_UNDERSTOOD, carrier=True)
        return grant

    def send(self, token: str, to: str, note: Note, *, key: str) -> str | None:  # noqa: ARG002 - the same words, sent again, are the same message
        message = {
            "touser": to,
            "msgtype": "textcard",
            "agentid": self._agent_id,
            "textcard": {
                "title": note.title[:MOST_TITLE],
                "description": "\n".join(note.lines)[:MOST_TEXT] or note.title[:MOST_TEXT],
                "url": note.link,
                "btntxt": note.button,
            },
            "enable_duplicate_check": 1,
            "duplicate_check_interval": int(RECOGNISES.total_seconds()),
        }
        address = f"{HOST}/cgi-bin/message/send"
        return _number(answer_of(self._http, "POST", address, params={"access_token": token}, json=message))


def _number(answer: Mapping[str, Any]) -> str | None:
    """The number of a message that was taken. Raises DeliveryFailed, TokenIsOver."""
    errcode = answer.get("errcode")
    if errcode in _TOKEN_IS_OVER:
        raise TokenIsOver(code_of(errcode))
    if errcode is None or errcode in _FOR_ALL:
        raise DeliveryFailed(code_of(BUSY if errcode is None else errcode), carrier=True)
    if errcode != 0:
        raise DeliveryFailed(code_of(errcode), for_good=True)
    if answer.get("invaliduser"):  # of several readers the others would have it; we have one
        raise DeliveryFailed(OUT_OF_SIGHT, for_good=True)
    if answer.get("unlicenseduser"):
        raise DeliveryFailed(UNLICENSED, for_good=True)
    number = answer.get("msgid")
    return number[:100] if isinstance(number, str) else None
