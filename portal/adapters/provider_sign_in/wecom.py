"""企业微信 (WeCom), inside its own client: who opens our page there is named by his employer's app (OAuth 2.0).

There is no token that we could check, and no PKCE: the code is good once and for minutes, for our app alone, and we ask
over https with the app's secret who it was made for. `state` binds the answer to the browser that asked. A member is
known by his `userid`; whoever is no member of the company is let in by nobody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx

from ...rules.provider_sign_in.claims import Claims, Issuer
from .asking import Asking
from .provider import ProviderFailed, Question

AUTHORIZE = "https://open.weixin.qq.com/connect/oauth2/authorize"
ENDPOINT = "https://qyapi.weixin.qq.com"
CLIENT = "wxwork"
"""What the client's own browser calls itself, in small letters."""
SCOPE = "snsapi_base"
"""Nothing but who it is: the member is not asked, and nothing of his profile comes along."""

_TOKEN_WORN_OUT = {40014, 42001}
_EARLIER = 300
"""Seconds before its end a token of the app is asked for anew."""


class WeComProvider:
    """The app of a company (自建应用) in 企业微信: `corp_id` is the company's id, `secret` the app's."""

    def __init__(
        self,
        corp_id: str,
        secret: str,
        *,
        name: str = "",
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = Issuer.of_wecom(corp_id)
        self.name = name
        self._corp_id = corp_id
        self._secret = secret
        self._clock = clock
        self._asking = Asking(transport, clock)
        self._lock = threading.Lock()
        self._token: tuple[float, str] | None = None

    def is_inside(self, agent: str) -> bool:
        """Whether it is the browser of its client."""
        return CLIENT in agent.lower()

    def opens_in(self, agent: str) -> bool:
        """Only its client knows who its reader is."""
        return self.is_inside(agent)

    def address(self, question: Question) -> str:
        """Where the client is sent to come back with a code; anywhere but in 企业微信 that page says so."""
        asked = {
            "appid": self._corp_id,
            "redirect_uri": question.back,
            "response_type": "code",
            "scope": SCOPE,
            "state": question.state,
        }
        return f"{AUTHORIZE}?{urlencode(asked)}#wechat_redirect"

    def claims(self, question: Question, code: str) -> Claims:  # noqa: ARG002 - the code alone says who it is
        """Which member the code was made for. Raises ProviderFailed."""
        answer = self._member(code)
        if answer.get("errcode") in _TOKEN_WORN_OUT:
            with self._lock:
                self._token = None
            answer = self._member(code)
        _check(answer)
        subject = answer.get("userid")
        if not isinstance(subject, str) or not subject or len(subject) > 255:
            raise ProviderFailed("not_a_member")  # somebody outside the company has an `openid` and no more
        return Claims(subject=subject, mail=None, mail_verified=False, active=True, second_factor=False)

    def _member(self, code: str) -> dict[str, Any]:
        asked = {"access_token": self._app_token(), "code": code}
        return self._asking.asked("GET", f"{ENDPOINT}/cgi-bin/auth/getuserinfo", params=asked)

    def _app_token(self) -> str:
        """What our app shows instead of its secret, good for about two hours."""
        with self._lock:
            kept = self._token
        if kept is None or self._clock() >= kept[0]:
            asked = {"corpid": self._corp_id, "corpsecret": self._secret}
            answer = self._asking.asked("GET", f"{ENDPOINT}/cgi-bin/gettoken", params=asked)
            _check(answer)
            token, lasts = answer.get("access_token"), answer.get("expires_in")
            if not isinstance(token, str) or not isinstance(lasts, int):
                raise ProviderFailed("not_understood")
            kept = (self._clock() + max(lasts - _EARLIER, 0), token)
            with self._lock:
                self._token = kept
        return kept[1]


def _check(answer: dict[str, Any]) -> None:
    """Raises ProviderFailed with the number of what went wrong; its words may hold what was sent."""
    if answer.get("errcode", 0) != 0:
        raise ProviderFailed(f"wecom_{answer['errcode']}"[:40])
