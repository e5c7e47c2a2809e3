"""Asking a provider over https: a short answer in JSON, and no thread of ours that waits for one that is silent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import httpx

TIMEOUT_SECONDS = 8
_MOST_BYTES = 200_000
_SILENCE_SECONDS = 10


logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines hold whole addresses, and one of them a secret


class ProviderFailed(Exception):
    """The provider let nobody in. `code` says why, in a word of its protocol or of ours; never what was sent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Asking:
    """One provider's line. One that did not answer is left alone for a while."""

    def __init__(self, transport: httpx.BaseTransport | None, clock: Callable[[], float]) -> None:
        self._http = httpx.Client(transport=transport, timeout=TIMEOUT_SECONDS, follow_redirects=False)
        self._clock = clock
        self._silent_until = 0.0

    def asked(self, method: str, address: str, **asked: Any) -> dict[str, Any]:
        """What it answers. Raises ProviderFailed."""
        if self._clock() < self._silent_until:
            raise ProviderFailed("unreachable")
        try:
            with self._http.stream(method, address, headers={"Accept": "application/json"}, **asked) as response:
                body = b""
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise ProviderFailed("answer_too_long")
                status = response.status_code
        except httpx.HTTPError as error:
            self._silent_until = self._clock() + _SILENCE_SECONDS
            raise ProviderFailed("unreachable") from error
        try:
            answer = httpx.Response(status, content=body).json()
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise ProviderFailed("not_understood")
        if status != 200:
            raise ProviderFailed(str(answer.get("error", f"http_{status}"))[:40])
        return answer
