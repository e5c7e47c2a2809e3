"""What every call of Tencent's servers has in common: an answer in JSON with an `errcode`, and a token for two hours.

Addresses hold keys and tokens: neither is ever part of an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from .delivery import NO_ANSWER, NOT_UNDERSTOOD, UNREACHABLE, DeliveryFailed

TIMEOUT_SECONDS = 8
BUSY = -1
"""The `errcode` of a server that wants to be asked again a little later."""
_MOST_BYTES = 20_000
_LONGEST = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Grant:
    """A token or ticket, and for how long it is good."""

    text: str
    lasts: timedelta


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


def grant_in(answer: Mapping[str, Any], name: str = "access_token") -> Grant | None:
    """What an answer hands out; None where it says nothing of the kind."""
    text, seconds = answer.get(name), answer.get("expires_in")
    if not isinstance(text, str) or not text or not isinstance(seconds, int) or seconds <= 0:
        return None
    return Grant(text, min(timedelta(seconds=min(seconds, 10**6)), _LONGEST))
