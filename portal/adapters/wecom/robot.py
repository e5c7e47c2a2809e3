"""Messages to a group by its robot (群机器人): one documented call, with the robot's key in its address.

    POST https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…   {"msgtype": "markdown", "markdown": {"content": …}}

It takes 4096 bytes of markdown, and 20 messages a minute from one robot. It neither recognises a repetition nor says
what it has; so a message whose answer was lost is sent again, and says so (`portal.services.robots`).
"""

from __future__ import annotations

from typing import Protocol

import httpx

from ..delivery import DeliveryFailed
from ..tencent import BUSY, TIMEOUT_SECONDS, answer_of
from .calls import HOST, TOO_MANY, code_of

SEND = f"{HOST}/cgi-bin/webhook/send"

GONE = frozenset({93000, 93004, 93008})
"""The `errcode`s of a robot that is not there any more: its address is none, it was taken out, it was stopped."""
ROBOT_IS_GONE = frozenset(map(code_of, GONE))


class Robots(Protocol):
    """Who carries messages to groups."""

    def send(self, key: str, markdown: str) -> None:
        """Have the robot of this key say something. Raises DeliveryFailed."""
        ...


class GroupRobots:
    """企业微信 itself."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(transport=transport, timeout=TIMEOUT_SECONDS, follow_redirects=False)

    def send(self, key: str, markdown: str) -> None:
        said = {"msgtype": "markdown", "markdown": {"content": markdown}}
        errcode = answer_of(self._http, "POST", SEND, params={"key": key}, json=said).get("errcode")
        if errcode == 0:
            return
        if errcode == BUSY or errcode is None:
            raise DeliveryFailed(code_of(BUSY), carrier=True)
        raise DeliveryFailed(code_of(errcode), for_good=errcode != TOO_MANY)
