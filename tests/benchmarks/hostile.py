"""What others wait for while somebody tries to stop the portal: the server that `portal run` starts, with its own
settings, before eight senders of photos that are as costly as a photo may be, eight of workbooks, eight who send half a
request and no more, and thirty-two who guess passwords; each kind alone, and all of them together.

Held against the targets: `/healthz` answers within a second and a client is registered within two, throughout. The
worst of each round is quoted. The hostile ones run on the same machine and take their share of its cores.
"""

import io
import socket
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic, perf_counter, sleep
from typing import Any

from flask import Flask
from openpyxl import Workbook
from PIL import Image
from werkzeug.datastructures import FileStorage

from portal import clock
from portal.adapters.images.jpeg import MOST_SCANS
from portal.adapters.images.photos import MAX_PIXELS
from portal.adapters.sheets.sheet_survey import MOST_CELLS
from portal.app import create_app
from portal.config import Config
from portal.db import migrate
from portal.models import Person, Role
from portal.services.accounts.sign_in import open_session
from tests import factories as make
from tests.benchmarks.checkins import Browser
from tests.benchmarks.measure import Effort, Row, row
from tests.benchmarks.pages import cookie_of, served

EACH, GUESSERS = 8, 32
HEALTH_MS, REGISTRATION_MS = 1_000.0, 2_000.0
PATIENCE_SECONDS = 60
SHEET = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True, slots=True)
class Attack:
    """One hostile sender's deed, done again and again."""

    once: Callable[[], Any]


@dataclass(slots=True)
class World:
    """Who is there, each signed in, and what the hostile ones send; `answers` counts what they were told."""

    photo: bytes
    workbook: bytes
    brokers: list[str] = field(default_factory=list)
    managers: list[str] = field(default_factory=list)
    honest: str = ""
    development: int = 0
    port: int = 0
    answers: Counter[str] = field(default_factory=Counter)


def measure(effort: Effort) -> Iterator[Row]:
    """The worst that others wait, beside each kind of hostile senders and beside all of them."""
    with TemporaryDirectory(prefix="portal-bench-") as folder:
        environ = {"PORTAL_DATA_DIR": folder, "PORTAL_LOG_LEVEL": "ERROR", "PORTAL_TRUSTED_PROXIES": "1"}
        config = Config.from_env(environ)
        migrate(config.url)
        app = create_app(config)
        world = _world(app)
        app.extensions["database"].dispose()
        with served(config, environ) as world.port:
            yield from _rows(world, effort)


def _rows(world: World, effort: Effort) -> Iterator[Row]:
    nobody: dict[str, Callable[[World], list[Attack]]] = {"nobody": lambda _world: []}
    kinds = {"photos": _photos, "workbooks": _workbooks, "half requests": _half_requests, "guesses": _guesses}
    together = {"all of them": lambda one: [attack for kind in kinds.values() for attack in kind(one)]}
    for name, kind in (nobody | (kinds if effort.warm_ups else {}) | together).items():
        waited = [_beside(world, kind(world), effort.hostile_seconds) for _ in range(effort.rounds)]
        health, registered = zip(*waited, strict=True)
        yield row(f"/healthz, hostile: {name}: worst", "ms", health, "target", [HEALTH_MS] * effort.rounds)
        registration = [REGISTRATION_MS] * effort.rounds
        yield row(f"registration, hostile: {name}: worst", "ms", registered, "target", registration)


def _beside(world: World, attacks: list[Attack], seconds: float) -> tuple[float, float]:
    """Milliseconds of the longest `/healthz` and the longest registration meanwhile."""
    browser = Browser(world.port, world.honest)
    browser.ask("GET", "/registrations/new")
    browser.close()  # the next request opens it again: idle connections are closed by the server
    health, registered = [], []
    with _at_it(attacks), ExitStack() as left:
        left.callback(browser.close)
        sleep(seconds / 4)  # until they are all at it
        ends = monotonic() + seconds
        while monotonic() < ends:
            health.append(_timed(lambda: _ask(world.port)))
            registered.append(_timed(lambda: _register(browser, world.development)))
    return max(health), max(registered)


def _timed(ask: Callable[[], int]) -> float:
    begun = perf_counter()
    assert ask() in {200, 302, 303}
    return 1000 * (perf_counter() - begun)


def _ask(port: int) -> int:
    asked = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    asked.request("GET", "/healthz")
    status = asked.getresponse().status
    asked.close()
    return status


def _register(browser: Browser, development: int) -> int:
    client = {"phone": make.new_phone(), "name": "王小明", "development": str(development)}
    status = browser.send("/registrations/new", client)
    browser.close()
    return status


@contextmanager
def _at_it(attacks: list[Attack]) -> Iterator[None]:
    over = Event()

    def again(attack: Attack) -> None:
        while not over.is_set():
            with suppress(OSError, HTTPException):  # what they meet is their affair
                attack.once()

    threads = [Thread(target=again, args=(attack,), daemon=True) for attack in attacks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)


# The hostile ones


def _photos(world: World) -> list[Attack]:
    def send(cookie: str) -> Callable[[], None]:
        return lambda: _send(world, "photo", cookie, "/me/face", {"consent": "y"}, ("photo", world.photo, "a.jpg"))

    return [Attack(send(cookie)) for cookie in world.brokers]


def _workbooks(world: World) -> list[Attack]:
    def send(cookie: str) -> Callable[[], None]:
        return lambda: _send(world, "workbook", cookie, "/imports/new", {}, ("file", world.workbook, "a.xlsx"))

    return [Attack(send(cookie)) for cookie in world.managers]


def _send(
    world: World, kind: str, cookie: str, path: str, fields: dict[str, Any], file: tuple[str, bytes, str]
) -> None:
    browser = Browser(world.port, cookie)
    browser.ask("GET", path)
    name, content, called = file
    answer = browser.send(path, fields | {name: FileStorage(io.BytesIO(content), called)})
    world.answers[f"{kind} {answer}"] += 1
    browser.close()
    if answer in {429, 503}:
        sleep(0.5)


def _half_requests(world: World) -> list[Attack]:
    def hold() -> None:
        with socket.create_connection(("127.0.0.1", world.port), timeout=5) as sock:
            sock.sendall(b"POST /sign-in HTTP/1.1\r\nHost: portal\r\nContent-Length: 9000\r\n\r\nphone=")
            with suppress(TimeoutError):
                sock.recv(1)

    return [Attack(hold)] * EACH


def _guesses(world: World) -> list[Attack]:
    addresses = count(1)

    def guess() -> None:
        number = next(addresses)
        browser = _Guesser(world.port, f"192.0.{number // 250 % 250}.{number % 250}")
        browser.ask("GET", "/sign-in")
        answer = browser.send("/sign-in", {"phone": f"1391{number:07d}", "password": "a guess of many words"})
        world.answers[f"guess {answer}"] += 1
        browser.close()
        if answer == 503:
            sleep(0.5)

    return [Attack(guess)] * GUESSERS


class _Guesser(Browser):
    """A browser that seems to come from an address of its own."""

    def __init__(self, port: int, address: str) -> None:
        super().__init__(port, "")
        self.headers = {"X-Forwarded-For": address}


# What they send, and who is there


def costliest_photo() -> bytes:
    """As many pixels, and as many scans over all of them, as a photo may have."""
    side = int(MAX_PIXELS**0.5)
    file = io.BytesIO()
    Image.new("RGB", (side, side), "#7c5a3b").save(file, "JPEG", progressive=True, quality=50)
    whole = file.getvalue()
    last = whole[whole.rindex(b"\xff\xc4") : -2]
    return whole[:-2] + last * (MOST_SCANS - whole.count(b"\xff\xda")) + whole[-2:]


def costliest_workbook() -> bytes:
    """As many cells as a sheet may have, each with a number."""
    file, columns = io.BytesIO(), 60
    Workbook().save(file)
    parts = {one: zipfile.ZipFile(file).read(one) for one in zipfile.ZipFile(file).namelist()}
    cells = b"<row>" + b"<c><v>1</v></c>" * columns + b"</row>"
    begins = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    parts[SHEET] = begins + cells * (MOST_CELLS // columns) + b"</sheetData></worksheet>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return packed.getvalue()


def _world(app: Flask) -> World:
    world = World(costliest_photo(), costliest_workbook())
    with app.extensions["database"].transaction() as session:
        development = make.development(session)
        world.development = development.id

        def entered(person: Person) -> str:
            secret = open_session(session, clock.now(), person, address="127.0.0.1", device="benchmark", days=1)
            return cookie_of(app, secret)

        honest = make.broker(session)
        make.agreement(session, development=development, agency=honest.agency)
        world.honest = entered(honest)
        world.brokers = [entered(make.broker(session)) for _ in range(EACH)]
        world.managers = [entered(make.person(session, Role.CHANNEL_MANAGER)) for _ in range(EACH)]
    return world
