"""Reloads and restarts under traffic: nobody is refused, hung up on, or kept waiting while the new processes start."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from select import select
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from portal.cli.operate import server_command
from portal.config import Config
from tests.cli.test_proxy import free_port
from tests.databases import DIALECTS, Dialect, Migrated
from tests.nightly import NIGHTLY, nightly

START = 4
"""Seconds that a process takes to start: far longer than anybody may wait, on a busy machine too."""
LONGEST = 3
LONGEST_OF_THE_PORTAL = 2.0
BY = 60
"""Seconds after which a test gives up."""


@dataclass
class Served:
    """A server as `portal run` starts it, but of an application of this test's."""

    port: int
    process: subprocess.Popen[bytes]
    broken: Path

    def reload(self) -> None:
        """New processes for old; returns when only new ones answer."""
        old = self.pids()
        self.process.send_signal(signal.SIGHUP)
        by = monotonic() + BY
        while self.pids() & old:
            assert monotonic() < by
            sleep(0.05)

    def pids(self) -> set[str]:
        """Which processes answer."""
        return {asked(self.port, "/0")[0] for _ in range(12)}

    def all_pids(self, workers: int) -> set[str]:
        """Those of all, once the last of them answers as well."""
        found, by = self.pids(), monotonic() + BY
        while len(found) < workers:
            assert monotonic() < by
            found |= self.pids()
        return found


class Portal(Served):
    """The portal itself, which does not say who answers: whoever was started by the master does, or will soon."""

    def pids(self) -> set[str]:
        return set(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split())


@contextmanager
def portal(environ: dict[str, str], *, workers: int) -> Iterator[Portal]:
    """`portal run`, ready."""
    port = free_port()
    command = [sys.executable, "-m", "portal.cli", "run", "--port", str(port)]
    given = os.environ | environ | {"PORTAL_WORKERS": str(workers)}
    process = subprocess.Popen(command, env=given, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(port)
        yield Portal(port, process, Path("/nonexistent"))
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(BY)


def wait_until_ready(port: int) -> None:
    by = monotonic() + BY
    while True:
        with suppress(OSError, AssertionError):
            read(port, "/readyz")
            return
        assert monotonic() < by
        sleep(0.1)


def read(port: int, path: str, *, kept: HTTPConnection | None = None) -> tuple[str, float]:
    """A page, and how long it took."""
    return asked(port, path, kept=kept, method="GET")


@contextmanager
def serving(tmp_path: Path, *, threads: int = 4, workers: int = 2, start: float = START) -> Iterator[Served]:
    port, broken = free_port(), tmp_path / "broken"
    command = server_command(Config(workers=workers, threads=threads), "127.0.0.1", port)
    command[command.index("portal.app:create_app()")] = "tests.cli.late_app:app"
    environ = os.environ | {"LATE_APP_BROKEN": str(broken), "LATE_APP_START": str(start)}
    process = subprocess.Popen(command, env=environ, cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL)
    try:
        by = monotonic() + BY
        while True:
            with suppress(OSError):
                asked(port, "/0")
                break
            assert process.poll() is None
            assert monotonic() < by
            sleep(0.05)
        yield Served(port, process, broken)
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(BY)


def asked(port: int, path: str, *, kept: HTTPConnection | None = None, method: str = "POST") -> tuple[str, float]:
    """What a form's answer is, and how long it took."""
    begun, connection = monotonic(), kept or HTTPConnection("127.0.0.1", port, timeout=BY)
    connection.request(method, path, b"a=b" if method == "POST" else None, {} if kept else {"Connection": "close"})
    answer = connection.getresponse()
    said = answer.read().decode()
    assert answer.status == 200, answer.status
    if not kept:
        connection.close()
    return said, monotonic() - begun


@dataclass
class Traffic:
    """Forms, one after another, by several people: some on new connections, some on one that they keep."""

    ports: list[int]
    people: int = 6
    paths: tuple[str, ...] = ("/0.01",)
    method: str = "POST"
    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __enter__(self) -> "Traffic":
        self._over = Event()
        self._threads = [Thread(target=self._go_on, args=(nth % 2 == 1,)) for nth in range(self.people)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(BY)

    def _go_on(self, keeps: bool) -> None:
        kept = HTTPConnection("127.0.0.1", self.ports[0], timeout=BY) if keeps else None
        while not self._over.is_set():
            try:
                self.took.append(self._ask(kept))
            except (OSError, HTTPException, AssertionError) as error:
                self.failed.append(repr(error))
            self._over.wait(0.02)
        if kept:
            kept.close()

    def _ask(self, kept: HTTPConnection | None) -> float:
        """As a proxy does: who is refused asks the next server."""
        path = self.paths[len(self.took) % len(self.paths)]
        for port in self.ports[:-1]:
            with suppress(ConnectionRefusedError):
                return asked(port, path, kept=kept, method=self.method)[1]
        return asked(self.ports[-1], path, kept=kept, method=self.method)[1]

    def __str__(self) -> str:
        took = sorted(self.took)
        slow = f"half within {took[len(took) // 2]:.3f} s, 99 of 100 within {took[len(took) * 99 // 100]:.3f} s"
        return f"{len(took)} requests, {len(self.failed)} failed, {slow}, the longest {took[-1]:.2f} s"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("times", [2, *nightly(20)])
def test_a_reload_fails_no_request_and_keeps_nobody_waiting(times: int, tmp_path: Path) -> None:
    with serving(tmp_path) as served, Traffic([served.port]) as traffic:
        for _ in range(times):
            served.reload()
    assert traffic.failed == []
    assert len(traffic.took) > 100
    assert max(traffic.took) < LONGEST


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not NIGHTLY, reason="twenty reloads of the real portal take minutes: `make nightly`")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_portal_itself_is_reloaded_twenty_times(
    dialect: Dialect, migrated: Migrated, tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """And then its two servers are restarted, one after the other; with pages that read and a probe that writes."""
    traffic = {"people": 4, "paths": ("/sign-in", "/readyz"), "method": "GET"}
    with migrated.copy(dialect) as url:
        environ = {"PORTAL_DATA_DIR": str(tmp_path), "DATABASE_URL": url, "PORTAL_LOG_LEVEL": "ERROR"}
        subprocess.run([sys.executable, "-m", "portal.cli", "migrate"], env=os.environ | environ, check=True)
        with portal(environ, workers=2) as served, Traffic([served.port], **traffic) as reloads:
            for _ in range(20):
                served.reload()
        record_testsuite_property(f"reloads on {dialect}", str(reloads))
        with ExitStack() as servers:
            two = [servers.enter_context(portal(environ, workers=1)) for _ in range(2)]
            proxied = traffic | {"people": 1}
            with Traffic([one.port for one in two], **proxied) as restarts:
                two[0].process.send_signal(signal.SIGTERM)
                two[0].process.wait(BY)
                sleep(0.2)
        record_testsuite_property(f"restart on {dialect}", str(restarts))
    for seen in (reloads, restarts):
        assert seen.failed == [], seen
        assert max(seen.took) < LONGEST_OF_THE_PORTAL, seen


def test_one_of_two_servers_is_restarted_and_nobody_notices(tmp_path: Path) -> None:
    """A rolling restart: the proxy asks the other one while the door of this one is closed."""
    with serving(tmp_path, workers=1, start=0) as first, serving(tmp_path, workers=1, start=0) as second:
        with Traffic([first.port, second.port], people=1) as traffic:  # on new connections, as nginx does
            sleep(0.3)
            first.process.send_signal(signal.SIGTERM)
            first.process.wait(BY)
            sleep(0.2)
        assert traffic.failed == []
        assert max(traffic.took) < LONGEST


def test_code_that_does_not_start_replaces_nobody(tmp_path: Path) -> None:
    with serving(tmp_path, start=0) as served:
        before = served.all_pids(2)
        served.broken.touch()
        served.process.send_signal(signal.SIGHUP)
        with Traffic([served.port], people=2) as traffic:
            sleep(1)
        assert traffic.failed == []
        assert served.pids() <= before
        served.broken.unlink()
        served.reload()


def test_whether_it_lives_is_answered_when_every_thread_waits(tmp_path: Path) -> None:
    with serving(tmp_path, threads=1, workers=1, start=0) as served:
        waiting = socket.create_connection(("127.0.0.1", served.port))
        waiting.sendall(b"GET /4 HTTP/1.1\r\nHost: portal\r\n\r\n")
        sleep(0.2)
        asks = HTTPConnection("127.0.0.1", served.port, timeout=BY)
        asks.request("GET", "/healthz")
        assert asks.getresponse().read() == b'{"status":"ok"}\n'
        assert select([waiting], [], [], 0)[0] == [], "who came first still waits"
        asks.close()
        waiting.close()


def test_the_server_is_started_so() -> None:
    command = server_command(Config(), "127.0.0.1", 8000)
    assert command[:3] == [sys.executable, "-m", "portal.master"]
    assert command[command.index("--keep-alive") + 1] == "75"
