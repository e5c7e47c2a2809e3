"""The proxy that docs/nginx.conf describes: it buffers, it times out, and it is run where nginx is there."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from portal.config import Config

TEXT = (Path(__file__).parents[2] / "docs" / "nginx.conf").read_text()
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
HALF = b"POST / HTTP/1.1\r\nHost: portal.example.com\r\nContent-Length: 9000\r\n\r\nphone="


def test_the_proxy_takes_what_the_portal_takes_and_waits_for_nobody() -> None:
    assert f"client_max_body_size    {Config().upload_mb}m;" in TEXT
    for said in ("proxy_request_buffering on", "client_header_timeout", "client_body_timeout", "limit_conn "):
        assert said in TEXT
    assert "access_log off" in TEXT, "addresses of pages are secrets"


class Portal(BaseHTTPRequestHandler):
    """Stands in for the portal: says what came, and notes each request."""

    came: list[tuple[str, dict[str, str], int]] = []  # noqa: RUF012 - for all of the stand-in

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.came.append((self.path, dict(self.headers), len(body)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - its base's name

    def log_message(self, *_said: object) -> None:
        """Nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    if NGINX is None:
        pytest.skip("needs nginx (Debian: apt-get install nginx-light)")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    behind = HTTPServer(("127.0.0.1", 0), Portal)
    Thread(target=behind.serve_forever, daemon=True).start()
    ours = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", TEXT)
    ours = re.sub(r"listen 80;", f"listen 127.0.0.1:{free_port()};", re.sub(r" *ssl_certificate.*\n", "", ours))
    ours = ours.replace("127.0.0.1:8000", f"127.0.0.1:{behind.server_port}")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.getuid() == 0 else ""  # who may write into the test's folder
    config = folder / "nginx.conf"
    config.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ {places} {ours} }}"
    )
    server = subprocess.Popen([NGINX, "-p", folder, "-c", config], stderr=subprocess.DEVNULL)
    give_up = monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert server.poll() is None, (folder / "error.log").read_text()
            assert monotonic() < give_up
            sleep(0.05)
    yield port
    server.terminate()
    server.wait(30)
    behind.shutdown()
    behind.server_close()


def ask(port: int, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> int:
    asked = HTTPConnection("127.0.0.1", port, timeout=30)
    asked.request(method, path, body, {"Host": "portal.example.com"} | (headers or {}))
    status = asked.getresponse().status
    asked.close()
    return status


def test_half_requests_do_not_reach_the_portal(proxy: int) -> None:
    Portal.came.clear()
    with ExitStack() as open_still:
        for _ in range(40):
            sock = open_still.enter_context(socket.create_connection(("127.0.0.1", proxy), timeout=30))
            sock.sendall(HALF)
        assert ask(proxy, "GET", "/healthz") == 200
        assert [path for path, _headers, _length in Portal.came] == ["/healthz"]


def test_the_portal_hears_who_asks_and_how_long_it_is(proxy: int) -> None:
    """A body in chunks, of which the portal takes none, has a length when it arrives; what a visitor says of his own
    address is not passed on."""
    Portal.came.clear()
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.example"}
    assert ask(proxy, "POST", "/sign-in", iter([b"a" * 1000, b"b" * 500_000]), forged) == 200
    [(_path, headers, length)] = Portal.came
    assert length == 501_000
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["Host"] == headers["X-Forwarded-Host"] == "portal.example.com"


def test_what_is_too_large_does_not_reach_the_portal(proxy: int) -> None:
    Portal.came.clear()
    with socket.create_connection(("127.0.0.1", proxy), timeout=30) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: portal.example.com\r\nContent-Length: 99000000\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 413")
    assert Portal.came == []
