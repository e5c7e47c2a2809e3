"""WeChat: in its own browser by the official account (公众号 网页授权), elsewhere by scanning a code (网站应用).

OAuth 2.0 of its own kind, without PKCE and without a token that we could check: the code is good once and for five
minutes, for our app alone, and we ask over https with the app's secret who it was made for. `state` binds the answer to
the browser that asked.

The official account names an `openid`, the website another one of the same person. Where both are set up a person is
known by the `unionid` that they share (both must be bound to one account of the open platform); its `openid` of the
official account is what messages go to.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from ...rules.provider_sign_in.claims import Claims, Issuer
from .asking import Asking
from .provider import ProviderFailed, Question

PAGES = "https://open.weixin.qq.com/connect"
ENDPOINT = "https://api.weixin.qq.com"
BROWSER, OF_WECOM = "micromessenger", "wxwork"
"""What its own browser calls itself, in small letters; that of 企业微信 calls itself both."""
SNAPSHOT = "wechat_snapshot"
"""What is wrong where WeChat shows a page as a preview (快照页): it names nobody whom it would name again."""

_LONGEST = 128


@dataclass(frozen=True, slots=True)
class App:
    """An app of ours there, by its id and secret."""

    app_id: str
    secret: str


class WeChatProvider:
    """The official account, and beside it the website's app, if there is one."""

    def __init__(
        self,
        account: App,
        site: App | None = None,
        *,
        endpoint: str = ENDPOINT,
        pages: str = PAGES,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = Issuer.of_wechat(account.app_id)
        self.name = ""
        self._account = account
        self._site = site
        self._endpoint = endpoint
        self._pages = pages
        self._asking = Asking(transport, clock)

    def is_inside(self, agent: str) -> bool:
        """Whether it is WeChat's browser, and not that of 企业微信."""
        return BROWSER in agent.lower() and OF_WECOM not in agent.lower()

    def opens_in(self, agent: str) -> bool:
        """Elsewhere only where the website has an app of its own, whose code is scanned."""
        return self._site is not None or self.is_inside(agent)

    def address(self, question: Question) -> str:
        """Where the reader is asked. Without a website nothing but who it is, and he is not asked for leave."""
        page, scope = ("oauth2/authorize", "snsapi_userinfo" if self._site else "snsapi_base")
        if not question.inside:
            page, scope = "qrconnect", "snsapi_login"
        asked = {  # in this order: WeChat's browser is known to refuse another one
            "appid": self._app(question).app_id,
            "redirect_uri": question.back,
            "response_type": "code",
            "scope": scope,
            "state": question.state,
        }
        return f"{self._pages}/{page}?{urlencode(asked)}#wechat_redirect"

    def claims(self, question: Question, code: str) -> Claims:
        """Whom the code was made for. Raises ProviderFailed."""
        app = self._app(question)
        asked = {"appid": app.app_id, "secret": app.secret, "code": code, "grant_type": "authorization_code"}
        answer = self._asking.asked("GET", f"{self._endpoint}/sns/oauth2/access_token", params=asked)
        if answer.get("errcode", 0) != 0:
            raise ProviderFailed(f"wechat_{answer['errcode']}"[:40])  # its words may hold what was sent
        if answer.get("is_snapshotuser"):
            raise ProviderFailed(SNAPSHOT)
        openid = _word(answer, "openid")
        if openid is None:
            raise ProviderFailed("no_subject")
        return self._named(answer, openid, inside=question.inside)

    def _named(self, answer: dict[str, Any], openid: str, *, inside: bool) -> Claims:
        if self._site is None:
            return Claims(openid, openid=openid)
        unionid = _word(answer, "unionid")
        if unionid is None:
            raise ProviderFailed("no_unionid")
        return Claims(unionid, openid=openid, formerly=openid) if inside else Claims(unionid)

    def _app(self, question: Question) -> App:
        if question.inside:
            return self._account
        if self._site is None:
            raise ProviderFailed("not_in_wechat")
        return self._site


def _word(answer: dict[str, Any], name: str) -> str | None:
    said = answer.get(name)
    return said if isinstance(said, str) and 0 < len(said) <= _LONGEST else None
