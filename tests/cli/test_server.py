"""The server as `portal run` starts it: no thread waits for who sends slowly, and requests arrive as they were sent."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from portal import server
from portal.config import Config
from portal.server import Incoming
from tests.benchmarks.pages import served
from tests.databases import Migrated

HALF = b"POST /sign-in HTTP/1.1\r\nHost: portal\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BODY = HALF + b"Content-Length: 3000000\r\n\r\nphone="
LATE = 60
"""Seconds: what a busy machine takes at the most, and far less than the slow ones are waited for together."""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, migrated: Migrated) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("served")
    environ = {"PORTAL_DATA_DIR": str(folder), "PORTAL_LOG_LEVEL": "WARNING"}
    config = Config.from_env(environ | {"PORTAL_WORKERS": "1"})
    migrated.lay(folder / "portal.db")
    with served(config, environ) as opened:
        yield opened


def opened(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=LATE)


def answer_to(port: int, *pieces: bytes) -> bytes:
    """Everything that comes back until the server closes, or has nothing more to say."""
    with opened(port) as sock:
        for piece in pieces:
            sock.sendall(piece)
            time.sleep(0.02)  # so that they arrive apart
        said = b""
        while piece := sock.recv(65536):
            said += piece
        return said


def test_slow_senders_hold_no_thread(port: int) -> None:
    """More of them than there are threads, stuck in the head, in the line or in the body."""
    with ExitStack() as open_still:
        for number in range(3 * Config().threads):
            sock = open_still.enter_context(opened(port))
            sock.sendall((HALF, b"GE", BODY)[number % 3])
        for path in ("/healthz", "/sign-in"):
            asked = HTTPConnection("127.0.0.1", port, timeout=LATE)
            asked.request("GET", path)
            assert asked.getresponse().status == 200
            asked.close()


def test_a_request_in_pieces_arrives_whole(port: int) -> None:
    with opened(port) as sock:
        sock.sendall(b"GET /sign-in HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n")
        page = sock.makefile("rb").read().decode()
    token, cookie = re.search('name="csrf_token"[^>]*value="([^"]+)"', page), re.search("Set-Cookie: ([^;]+)", page)
    assert token
    assert cookie
    form = f"csrf_token={token[1]}&phone=13800000000&password=".encode() + b"x" * 300_000
    head = HALF + f"Cookie: {cookie[1]}\r\nConnection: close\r\nContent-Length: {len(form)}\r\n".encode()
    said = answer_to(port, head[:30], head[30:], b"\r\n" + form[:10], form[10:200_000], form[200_000:])
    assert said.startswith(b"HTTP/1.1 422"), said[:200]
    assert b"13800000000" in said, "what was typed came along"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HALF + b"Transfer-Encoding: chunked\r\n\r\n", b"411"),
        (HALF + b"Content-Length: 99000000\r\nConnection: close\r\n\r\n", b"413"),
        (b"GET /healthz HTTP/1.1\r\nHost: portal\r\nX: " + b"x" * 70_000, b"431"),
        (b"no request\r\n\r\n", b"400"),
    ],
    ids=["without a length", "too large", "an endless head", "no request"],
)
def test_what_is_not_waited_for(port: int, sent: bytes, status: bytes) -> None:
    assert answer_to(port, sent).split(b" ", 2)[1] == status


def test_several_requests_on_one_connection_are_each_answered(port: int) -> None:
    ask = b"GET /healthz HTTP/1.1\r\nHost: portal\r\n"
    said = answer_to(port, ask + b"\r\n" + ask + b"\r\n" + ask, b"Connection: close\r\n\r\n")
    assert said.count(b"HTTP/1.1 200") == 3


def test_who_asks_whether_to_go_on_is_told_to(port: int) -> None:
    with opened(port) as sock:
        sock.sendall(HALF + b"Expect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 100")
        sock.sendall(b"a=b&")
        assert b"HTTP/1.1 400" in sock.makefile("rb").read()


class TestARequestOnItsWay:
    @pytest.fixture
    def at(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """The clock, which a test sets."""
        at = [0.0]
        monkeypatch.setattr(server, "monotonic", lambda: at[0])
        return at

    def test_a_head_has_its_time_and_a_body_between_two_pieces(self, at: list[float]) -> None:
        incoming = Incoming(10_000_000)
        at[0] = 15
        incoming.add(HALF)
        assert not incoming.over(server.HEAD_SECONDS)
        assert incoming.over(server.HEAD_SECONDS + 1), "however busily it drips"
        incoming.add(b"Content-Length: 9\r\n\r\n")
        assert not incoming.over(15 + server.IDLE_SECONDS)
        assert incoming.over(15 + server.IDLE_SECONDS + 1)
        incoming.forget()

    def test_nobody_drips_for_ever(self, at: list[float]) -> None:
        incoming = Incoming(10_000_000)
        incoming.add(BODY)
        for second in range(0, server.WHOLE_SECONDS + 20, 10):
            at[0] = second
            incoming.add(b"x")
        assert incoming.over(at[0])
        assert not incoming.whole
        incoming.forget()

    @pytest.mark.parametrize(
        ("pieces", "whole"),
        [
            ([b"GET / HTTP/1.1\r\n\r\n"], True),
            ([b"GET / HTTP/1.1\r\n\r", b"\n"], True),
            ([HALF + b"Content-Length: 2\r\n\r\na", b"b"], True),
            ([HALF + b"content-length:2\r\n\r\na"], False),
            ([HALF + b"Content-Length: 11\r\n\r\n"], True),
            ([b""], False),
        ],
        ids=["no body", "in pieces", "a body", "half a body", "a larger one than is read", "nothing"],
    )
    def test_it_is_whole_when_all_is_there_or_no_more_is_waited_for(self, pieces: list[bytes], whole: bool) -> None:
        incoming = Incoming(most_body=10)
        for piece in pieces:
            incoming.add(piece)
        incoming.forget()
        assert incoming.whole is whole


def test_the_worker_is_the_one_that_is_started() -> None:
    from portal.cli.operate import WORKER

    module, name = WORKER.rsplit(".", 1)
    assert (module, hasattr(server, name)) == (server.__name__, True)
    assert Path(server.__file__).name == "server.py"
