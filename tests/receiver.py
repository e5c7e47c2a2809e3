"""A receiver of webhooks on this machine, for tests: a real HTTP server that keeps what comes, or answers as it is
told.

    python -m tests.receiver    # says its port, and at each line of input how many requests came
"""

import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from threading import Event, Lock, Thread
from typing import Any, cast


@dataclass(frozen=True)
class Request:
    """What came."""

    path: str
    headers: dict[str, str]
    body: str
    connection: int

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Reply = Callable[[BaseHTTPRequestHandler], None]
"""What is written back."""


@dataclass
class Receiver:
    """What came, in its order, and how it is answered: by a status, or by a reply of the test's own."""

    port: int = 0
    scheme: str = "http"
    answer: int | Reply = 200
    of_id: dict[str, int] = field(default_factory=dict)
    """statuses of particular messages"""
    requests: list[Request] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    """set when the test ends: who answers slowly waits for this"""
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.requests]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    receiver: Receiver

    def handle_error(self, *_where: object) -> None:
        """A sender that hangs up is what some tests want."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        receiver = cast(_Server, self.server).receiver
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        came = Request(self.path, headers, body, self.client_address[1])
        with receiver.lock:
            receiver.requests.append(came)
        answer = receiver.of_id.get(headers.get("webhook-id", ""), receiver.answer)
        if callable(answer):
            answer(self)
        else:
            reply(self, answer)

    def log_message(self, *_what: Any) -> None:
        """Tests say what they want to know."""


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    """Answer whole."""
    handler.send_response(status)
    for name, value in {**headers, "content-length": str(len(body))}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def receiving(trust: ssl.SSLContext | None = None, **given: Any) -> Iterator[Receiver]:
    """A receiver that listens until the block ends; with TLS by `trust`."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if trust is not None:
        server.socket = trust.wrap_socket(server.socket, server_side=True)
        given["scheme"] = "https"
    server.receiver = Receiver(server.server_port, **given)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.receiver
    finally:
        server.receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Elsewhere:
    """A receiver in a process of its own, as agencies' systems are: what it does costs the sender nothing."""

    process: subprocess.Popen[str]
    url: str

    def came(self) -> int:
        """How many requests came."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def receiving_elsewhere() -> Iterator[Elsewhere]:
    """A receiver in a process of its own, until the block ends."""
    command = [sys.executable, "-m", "tests.receiver"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Elsewhere(process, f"http://127.0.0.1:{int(process.stdout.readline())}/hook")
        process.stdin.close()


def unused_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    with receiving() as listening:
        for said in chain([listening.port], (len(listening.requests) for _line in sys.stdin)):
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()
