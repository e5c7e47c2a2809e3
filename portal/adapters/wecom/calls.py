"""What every call of 企业微信's server has in common: its address is fixed, its answer is JSON with an `errcode`.

Addresses hold keys and tokens: neither is ever part of an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from ..delivery import NO_ANSWER, NOT_UNDERSTOOD, UNREACHABLE, DeliveryFailed

HOST = "https://qyapi.weixin.qq.com"
TIMEOUT_SECONDS = 8
BUSY = -1
TOO_MANY = 45009
_MOST_BYTES = 20_000


def answer_of(http: httpx.Client, method: str, address: str, **given: Any) -> Mapping[str, Any]:
    """The server's JSON. Raises DeliveryFailed, as the carrier's failing, where there is none."""
    try:
        answer = http.request(method, address, **given)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        raise DeliveryFailed(UNREACHABLE, carrier=True) from None
    except httpx.HTTPError:
        raise DeliveryFailed(NO_ANSWER, carrier=True) from None
    try:
        said = answer.json() if len(answer.content) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("errcode", 0), int):
        raise DeliveryFailed(NOT_UNDERSTOOD, carrier=True)
    return said


def code_of(errcode: int) -> str:
    """What is written down of an `errcode`."""
    return f"wecom_{errcode}"
