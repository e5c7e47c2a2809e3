"""Pages a second: through the application alone (its test client, one thread), and as users get them, from gunicorn
as `portal run` starts it, over the loopback.

They are held against `/healthz`, which asks no database and draws no page: the difference is what a page costs. The
clients run on the same machine and take their share of its cores.
"""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from flask import Flask
from werkzeug.test import Client

from portal import clock
from portal.access.actor import Actor
from portal.app import create_app
from portal.cli.operate import server_command
from portal.config import Config
from portal.db import migrate
from portal.models import Outcome
from portal.services.accounts.sign_in import open_session
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds

FLOOR = "/healthz"
BROWSERS = 8
CLIENTS = 40
"""Registrations of the broker whose list is read."""
START_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for, and by whom: a cookie, or nobody in particular."""

    path: str
    cookie: str = ""


def measure(effort: Effort) -> Iterator[Row]:
    """Each page against `/healthz`, by both ways."""
    with TemporaryDirectory(prefix="portal-bench-") as folder:
        environ = {"PORTAL_DATA_DIR": folder, "PORTAL_LOG_LEVEL": "WARNING"}
        config = Config.from_env(environ)
        migrate(config.url)
        app = create_app(config)
        pages = world(app)
        yield from _rows("in process", pages, effort, lambda page: in_process(app, page, effort.requests))
        app.extensions["database"].dispose()
        with served(config, environ) as port:
            how = f"gunicorn, {BROWSERS} browsers"
            yield from _rows(how, pages, effort, lambda page: _over_loopback(port, page, effort.requests))


def _rows(how: str, pages: dict[str, Page], effort: Effort, rate: Callable[[Page], float]) -> Iterator[Row]:
    trials = {name: lambda page=page: rate(page) for name, page in {FLOOR: Page(FLOOR), **pages}.items()}
    given = in_turn(effort, trials)
    for name in pages:
        yield row(f"{name}, {how}", "/s", given[name], FLOOR, given[FLOOR])


def world(app: Flask) -> dict[str, Page]:
    """A broker with a page of registrations, a homeowner with a poster; the pages they and a visitor read."""
    with app.extensions["database"].transaction() as session:
        referrer = make.referrer(session)
        development = make.development(session)
        broker = make.broker(session)
        make.agreement(session, development=development, agency=broker.agency)
        for _ in range(CLIENTS):
            made = register_client(
                session,
                Actor.of(broker),
                clock.now(),
                development_id=development.id,
                phone=make.new_phone(),
                name="王小明",
            )
            assert made.outcome is Outcome.ACCEPTED
        secret = open_session(session, clock.now(), broker, address="127.0.0.1", device="benchmark", days=1)
    return {
        "sign-in page": Page("/sign-in"),
        "a broker's list": Page("/registrations", cookie_of(app, secret)),
        "a broker's first page": Page("/", cookie_of(app, secret)),
        "the form to register": Page("/registrations/new", cookie_of(app, secret)),
        "landing page": Page(f"/r/{referrer.code}"),
    }


def cookie_of(app: Flask, secret: str) -> str:
    """The cookie of a browser in which this session is open."""
    http = app.test_client()
    with http.session_transaction() as cookie:
        cookie["_user_id"] = secret
    held = http.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert held is not None
    return f"{held.key}={held.value}"


def in_process(app: Flask, page: Page, requests: int) -> float:
    http = Client(app, use_cookies=False)

    def ask() -> None:
        for _ in range(requests):
            response = http.get(page.path, headers=_headers(page))
            assert response.status_code == 200, (page.path, response.status_code)

    return requests / seconds(ask)


def _over_loopback(port: int, page: Page, requests: int) -> float:
    """Eight browsers at once, each keeping its connection."""

    def browse(_browser: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        for _ in range(requests // BROWSERS):
            connection.request("GET", page.path, headers=_headers(page))
            response = connection.getresponse()
            response.read()
            assert response.status == 200, (page.path, response.status)
        connection.close()

    with ThreadPoolExecutor(BROWSERS) as browsers:
        spent = seconds(lambda: list(browsers.map(browse, range(BROWSERS))))
    return requests // BROWSERS * BROWSERS / spent


def _headers(page: Page) -> dict[str, str]:
    return {"Accept-Language": "zh-CN"} | ({"Cookie": page.cookie} if page.cookie else {})


@contextmanager
def served(config: Config, environ: dict[str, str]) -> Iterator[int]:
    """The server that `portal run` would start, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        server_command(config, "127.0.0.1", port), cwd=Path(__file__).parents[2], env=os.environ | environ
    )
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    give_up = monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None or monotonic() > give_up:
                raise RuntimeError("the server did not start") from None
            sleep(0.1)
