"""The two calls of WeChat's server by which a page is signed: a token of the account, and with it a ticket for pages.

The token is fetched by `stable_token`, not by `token`: that one would end the token of every other system that uses the
same account, and those would end ours. Neither call's answer, nor the secret, is ever part of an error.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import urlencode

from ..delivery import NOT_UNDERSTOOD, UNREACHABLE
from ..tencent import Grant, grant_in

__all__ = ["SDK", "SDK_ORIGIN", "Grant", "OfficialAccount", "WeChat", "WeChatFailed"]

SDK_ORIGIN = "https://res.wx.qq.com"
SDK = f"{SDK_ORIGIN}/open/js/jweixin-1.6.0.js"
"""The script by which a page speaks to WeChat's browser."""
TIMEOUT_SECONDS = 10
_TOKEN_IS_OVER = {40001, 40014, 42001}


class WeChatFailed(Exception):
    """Nothing was handed out. `code` is WeChat's number of why, or our word. `token_is_over`: another one may help."""

    def __init__(self, code: str, *, token_is_over: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.token_is_over = token_is_over


class WeChat(Protocol):
    """Who hands out tokens and tickets."""

    app_id: str
    sdk: str
    """the address of the script for pages; one without a host is our own"""

    def token(self) -> Grant:
        """A token of the account. Raises WeChatFailed."""
        ...

    def ticket(self, token: str) -> Grant:
        """A ticket for pages. Raises WeChatFailed."""
        ...


class OfficialAccount:
    """WeChat itself."""

    sdk = SDK

    def __init__(self, app_id: str, secret: str, endpoint: str) -> None:
        self.app_id = app_id
        self._secret = secret
        self._endpoint = endpoint

    def token(self) -> Grant:
        given = {"grant_type": "client_credential", "appid": self.app_id, "secret": self._secret}
        body = json.dumps(given | {"force_refresh": False}).encode()
        headers = {"Content-Type": "application/json"}
        return self._granted("access_token", self._request("stable_token", body, headers))

    def ticket(self, token: str) -> Grant:
        query = urlencode({"access_token": token, "type": "jsapi"})
        return self._granted("ticket", self._request(f"ticket/getticket?{query}"))

    def _request(
        self, call: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> urllib.request.Request:
        address = f"{self._endpoint}/cgi-bin/{call}"
        return urllib.request.Request(address, body, headers or {})  # noqa: S310 - the address is a setting that was checked

    def _granted(self, name: str, request: urllib.request.Request) -> Grant:
        answer = _asked(request)
        code = answer.get("errcode", 0)
        if code:
            raise WeChatFailed(str(code)[:20], token_is_over=code in _TOKEN_IS_OVER)
        grant = grant_in(answer, name)
        if grant is None:
            raise WeChatFailed(NOT_UNDERSTOOD)
        return grant


def _asked(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - as above
            body: bytes = response.read(10_000)
    except urllib.error.HTTPError as error:
        error.close()
        raise WeChatFailed(f"http_{error.code}") from None  # the address holds the token
    except (OSError, HTTPException):
        raise WeChatFailed(UNREACHABLE) from None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise WeChatFailed(NOT_UNDERSTOOD)
    return answer
