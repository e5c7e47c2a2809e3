"""Connections to an address that was looked at: a name is resolved once, and what it was found to be is asked.

Between a look at a name and the connection nobody can put another address in its place (DNS rebinding), for they are
one step: the connection is made to the number that was looked at, while TLS is verified for the name. Whatever a name
also leads to counts: one address that must not be reached refuses all. Nothing takes longer than until the deadline.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Thread
from typing import Any

import httpcore

from ...rules.webhooks.targets import is_loopback, may_reach

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a name, as text. Raises OSError."""


class NotAsked(Exception):
    """No connection was made: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Deadline:
    """An instant of this machine's own count, by which all is over."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises httpcore.ReadTimeout when there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return left


def system_resolve(host: str, port: int) -> Sequence[str]:
    """What the system finds a name to be."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class PinnedBackend(httpcore.NetworkBackend):
    """Makes connections of one target. `loopback`: this machine may be asked; `plain`: nobody else may."""

    def __init__(self, resolve: Resolve, *, loopback: bool, plain: bool) -> None:
        self._resolve = resolve
        self._loopback = loopback
        self._plain = plain
        self._sockets = httpcore.SyncBackend()
        self.deadline = Deadline(0)
        self.address: str | None = None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = NotAsked("name_unknown")
        for address in self._allowed(host, port):
            self.address = str(address)
            try:
                stream = self._sockets.connect_tcp(
                    self.address, port, self.deadline.left(), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Bounded(stream, self)
        raise failed

    def _allowed(self, host: str, port: int) -> list[Address]:
        """Where a name leads, if all of it may be reached. Raises NotAsked."""
        found = [ip_address(text.partition("%")[0]) for text in self._found(host, port)]
        if any(not self._may(address) for address in found):
            raise NotAsked("address_refused")
        return list(dict.fromkeys(found))

    def _may(self, address: Address) -> bool:
        return is_loopback(address) if self._plain else may_reach(address, loopback=self._loopback)

    def _found(self, host: str, port: int) -> Sequence[str]:
        """The system's resolver knows no deadline: who waits for it waits in a thread that may be left behind."""
        found: list[Sequence[str]] = []

        def ask() -> None:
            try:
                found.append(self._resolve(host, port))
            except OSError:
                found.append([])

        asking = Thread(target=ask, name="resolve", daemon=True)
        asking.start()
        asking.join(self.deadline.left())
        if not found:
            raise NotAsked("name_slow")
        return found[0]


class _Bounded(httpcore.NetworkStream):
    """A stream of which no step lasts beyond the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, backend: PinnedBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline counts
        return self._stream.read(max_bytes, self._backend.deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - as there
        self._stream.write(buffer, self._backend.deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - as there
    ) -> httpcore.NetworkStream:
        return _Bounded(
            self._stream.start_tls(ssl_context, server_hostname, self._backend.deadline.left()), self._backend
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
