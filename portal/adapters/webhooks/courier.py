"""What brings webhooks to their receivers: one POST each, no redirect, ten seconds, 64 KiB of answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Protocol

import httpcore
import httpx

from commissions.refusal import Refusal

from ...rules.webhooks.targets import Target, target_of
from ...version import VERSION
from .pinned import Deadline, NotAsked, PinnedBackend, Resolve, system_resolve

SECONDS = 10.0
"""For looking the name up, connecting, sending and reading together."""
MOST_BYTES = 64 * 1024
"""So much of an answer is read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    `status` None: nothing was answered, and `failure` says why. `cut`: there was more than what was read. `asked`: how
    long the receiver wants to be left alone (`Retry-After`). `address`: the server that was asked.
    """

    status: int | None = None
    failure: str | None = None
    body: bytes = b""
    cut: bool = False
    asked: timedelta | None = None
    address: str | None = None
    milliseconds: int = 0


class Line(Protocol):
    """The way to one receiver, for several requests one after another."""

    def post(self, headers: Mapping[str, str], body: str) -> Answer:
        """Send one. Never raises for what the other side does."""
        ...


@cache
def _usual_trust() -> ssl.SSLContext:
    """Whom the internet trusts, read once a process and by who first sends: it takes 25 milliseconds of a core."""
    return httpx.create_ssl_context()


class Courier:
    """Who brings webhooks. `loopback`: receivers on this machine may be asked, without TLS too."""

    def __init__(
        self,
        *,
        loopback: bool,
        resolve: Resolve = system_resolve,
        trust: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self.loopback = loopback
        self._resolve = resolve
        self._trust = trust
        self._seconds = seconds

    @contextmanager
    def to(self, url: str) -> Iterator[Line]:
        """The way to the receiver at this address, which is looked at anew."""
        try:
            target = target_of(url, loopback=self.loopback)
        except Refusal as refusal:  # what was allowed when it was entered need not be any more
            yield _NoWay(refusal.code)
            return
        backend = PinnedBackend(self._resolve, loopback=self.loopback, plain=not target.tls)
        trust = self._trust or _usual_trust()
        pool = httpcore.ConnectionPool(ssl_context=trust, max_connections=1, network_backend=backend)
        with pool:
            yield _Way(target, pool, backend, self._seconds)


@dataclass(frozen=True, slots=True)
class _NoWay:
    code: str

    def post(self, headers: Mapping[str, str], body: str) -> Answer:  # noqa: ARG002 - nothing is sent
        return Answer(failure=self.code)


class _Way:
    def __init__(self, target: Target, pool: httpcore.ConnectionPool, backend: PinnedBackend, seconds: float) -> None:
        self._url = httpcore.URL(
            scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
        )
        self._host = target.written
        self._pool = pool
        self._backend = backend
        self._seconds = seconds

    def post(self, headers: Mapping[str, str], body: str) -> Answer:
        began = time.monotonic()
        self._backend.deadline = Deadline(self._seconds)
        sent = {
            **headers,
            "host": self._host,
            "content-type": "application/json; charset=utf-8",
            "accept-encoding": "identity",
            "user-agent": f"Portal-Webhooks/{VERSION}",
        }
        given = [(name.encode(), value.encode()) for name, value in sent.items()]
        try:
            with self._pool.stream("POST", self._url, headers=given, content=body.encode()) as response:
                said, cut = _beginning(response)
                answer = Answer(status=response.status, body=said, cut=cut, asked=_asked(response))
        except NotAsked as error:
            answer = Answer(failure=error.code)
        except Exception as error:
            code = _failure(error)
            if code is None:
                raise
            answer = Answer(failure=code)
        took = round((time.monotonic() - began) * 1000)
        return Answer(answer.status, answer.failure, answer.body, answer.cut, answer.asked, self._backend.address, took)


def _beginning(response: httpcore.Response) -> tuple[bytes, bool]:
    """As much of the answer as is read, and whether there is more. Who leaves the rest closes the connection."""
    said = bytearray()
    for part in response.iter_stream():
        said += part
        if len(said) > MOST_BYTES:
            return bytes(said[:MOST_BYTES]), True
    return bytes(said), False


def _asked(response: httpcore.Response) -> timedelta | None:
    """How long the receiver wants to be left alone, where it says so in seconds."""
    for name, value in response.headers:
        text = value.decode("latin-1").strip()
        if name.lower() == b"retry-after" and text.isascii() and text.isdigit() and len(text) <= 9:
            return timedelta(seconds=int(text))
    return None


def _failure(error: Exception) -> str | None:
    """Why nothing was answered; None: it lies with us."""
    if isinstance(error, httpcore.ConnectError) and isinstance(_cause(error), ssl.SSLError):
        return "tls"
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return "unreachable"
    if isinstance(error, httpcore.TimeoutException):
        return "too_slow"
    if isinstance(error, httpcore.NetworkError):
        return "broken_off"
    return "answer_odd" if isinstance(error, httpcore.ProtocolError) else None


def _cause(error: BaseException) -> BaseException:
    while (further := error.__cause__ or error.__context__) is not None:
        error = further
    return error
