"""How a request is sent: with the key, under one idempotency key however often, again where that is safe."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self
from uuid import uuid4

import httpx

from .errors import error_of

VERSION = "2026-12-01"
"""The shape of the answers that this client knows."""

Files = Mapping[str, bytes] | list[tuple[str, bytes]]

_AGAIN = {429, 500, 502, 503, 504}
_LONGEST_WAIT = 30.0


class Transport:
    """Sends, waits and sends again. A POST has one idempotency key through all tries, so it is done once."""

    def __init__(
        self,
        key: str,
        base_url: str,
        *,
        language: str = "zh",
        tries: int = 4,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._tries, self._sleep = tries, sleep
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/api/v1",
            headers={
                "Authorization": f"Bearer {key}",
                "Accept-Language": language,
                "Portal-Version": VERSION,
                "User-Agent": "portal-partner/0.1",
            },
            timeout=30,
            transport=transport,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_how: object) -> None:
        self.close()

    def get(self, path: str, **params: Any) -> Any:
        """What stands at an address; parameters that are None are left out."""
        return self._send("GET", path, params={name: value for name, value in params.items() if value is not None})

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, files: Files | None = None, again: str | None = None
    ) -> Any:
        """Do something once. `again`: your own idempotency key, such as the number of the record in your system."""
        given = {name: value for name, value in (body or {}).items() if value is not None}
        headers = {"Idempotency-Key": again or str(uuid4())}
        if files is None:
            return (
                self._send("POST", path, headers=headers, json=given)
                if body is not None
                else self._send("POST", path, headers=headers)
            )
        form = {name: _as_text(value) for name, value in given.items()}
        pairs = list(files.items()) if isinstance(files, Mapping) else files
        parts = [(name, (f"{name}-{number}", content)) for number, (name, content) in enumerate(pairs)]
        return self._send("POST", path, headers=headers, data=form, files=parts)

    def pages(self, path: str, **params: Any) -> Iterator[Any]:
        """Every item of a list, newest first, page by page as they are wanted."""
        after: str | None = None
        while True:
            found = self.get(path, limit=100, after=after, **params)
            yield from found["items"]
            after = found["next_cursor"]
            if after is None:
                return

    def _send(self, method: str, path: str, **given: Any) -> Any:
        for left in range(self._tries - 1, -1, -1):
            try:
                answer = self._http.request(method, path, **given)
            except httpx.TransportError:
                if not left:
                    raise
                self._sleep(self._wait(left, None))
                continue
            if answer.is_success:
                return answer.json()
            problem = _problem(answer)
            running = problem.get("code") == "idempotency_key_running"
            if not left or not (answer.status_code in _AGAIN or running):
                raise error_of(answer.status_code, problem)
            self._sleep(self._wait(left, answer.headers.get("Retry-After")))
        raise AssertionError("the last try returns or raises")

    def _wait(self, left: int, asked: str | None) -> float:
        """As long as the server asks for; else longer each time, and never all at the same instant."""
        if asked is not None and asked.isdigit():
            return min(float(asked), _LONGEST_WAIT)
        return min(0.5 * 2.0 ** (self._tries - 1 - left), _LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {"detail": answer.text[:200]}
    return told if isinstance(told, dict) else {}


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
