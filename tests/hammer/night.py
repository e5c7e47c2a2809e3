"""The night of 500 messages: a backlog, and a carrier that fails for a minute and then takes 4.2 seconds for each text.

Several real workers (`portal worker`) send, and beside them a process as the server's is, in which texts are asked for
all the time; now and then a worker is killed and another one begins. Nothing is scaled: the portal's leases, pauses and
timeouts are its own. In the end each text is out once, and none is lost. Exits with 1 otherwise.

`python -m tests.hammer.night --texts 500` takes some ten minutes on each database, most of them waiting.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import func, select

from portal.adapters.sms import load_sms
from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import Role, TextKind, TextMessage
from portal.services.messages import texts
from portal.services.messages.background_sender import senders_of
from tests import factories as make
from tests.databases import DIALECTS, Dialect, Migrated

_PORTAL = (sys.executable, "-m", "portal.cli")


@dataclass(frozen=True, slots=True)
class Night:
    """How many texts, of which a fifth is asked for on the way; how the carrier is; who sends; when it is given up."""

    texts: int = 500
    fails: float = 60.0
    seconds: float = 4.2
    workers: int = 4
    killed_every: float = 90.0
    patience: float = 1800.0


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    took: Counter[str]
    asked_for: int
    lost: list[str]
    refused: int
    kills: int
    lasted: float

    @property
    def twice(self) -> list[str]:
        """What went out more than once."""
        return [key for key, times in self.took.items() if times > 1]

    @property
    def holds(self) -> bool:
        """Each went out once."""
        return not self.twice and not self.lost and len(self.took) == self.asked_for

    def __str__(self) -> str:
        return (
            f"{len(self.took)} of {self.asked_for} went out, {len(self.twice)} twice, {len(self.lost)} lost; "
            f"the carrier refused {self.refused} times, {self.kills} workers were killed, {self.lasted:.0f} s"
        )


class Carrier(ThreadingHTTPServer):
    """Alibaba Cloud's service, as far as the portal speaks to it."""

    daemon_threads = True

    def __init__(self, night: Night) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.night, self.began = night, monotonic()
        self.took: list[str] = []
        self.refused = 0
        self.lock = Lock()
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, *_request: object) -> None:
        """A worker was killed while it waited."""

    def answer(self, action: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """Slowly; a text is taken just before that is said."""
        if monotonic() - self.began < self.night.fails:
            with self.lock:
                self.refused += 1
            return {"Code": "isp.SYSTEM_ERROR"}
        if action == "QuerySendDetails":
            with self.lock:
                found = [{"OutId": key} for key in self.took]
            return {"Code": "OK", "TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": found}}
        sleep(self.night.seconds)
        with self.lock:
            self.took.append(asked["OutId"])
        return {"Code": "OK", "BizId": f"{len(self.took)}"}


class _Asked(BaseHTTPRequestHandler):
    server: Carrier

    def do_POST(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        said = json.dumps(self.server.answer(self.headers["x-acs-action"], query)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_words: object) -> None:
        """The table says what came of it."""


@dataclass
class _Workers:
    """Processes that send, each with a folder of its own, as on as many hosts."""

    environ: Mapping[str, str]
    folder: Path
    kills: int = 0
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def hire(self) -> None:
        """One more."""
        home = self.folder / f"worker-{self.kills}-{len(self.running)}"
        home.mkdir()
        with (self.folder / "log").open("ab") as log:
            environ = {**self.environ, "PORTAL_DATA_DIR": str(home)}
            self.running.append(subprocess.Popen([*_PORTAL, "worker"], env=environ, stdout=log, stderr=log))

    def kill(self) -> None:
        """The oldest, which another one replaces."""
        self.kills += 1
        self._end(self.running.pop(0))
        self.hire()

    def end(self) -> None:
        """All of them."""
        while self.running:
            self._end(self.running.pop())

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()


def spend(night: Night, url: str, folder: Path) -> Outcome:
    """Let a night pass, on a migrated and empty database."""
    with Carrier(night) as carrier, ExitStack() as over:
        environ = _environ(url, folder, carrier.server_address[1])
        subprocess.run([*_PORTAL, "migrate"], env=environ, check=True, capture_output=True)
        config = Config.from_env(environ)
        database = Database(config.url, config.vault(), config.signer())
        over.callback(database.dispose)
        sms = load_sms(config, database.now)
        senders = senders_of(database, database.now, lambda: sms, lambda: None)
        waiting = night.texts * 4 // 5
        keys = [_ask_for(database, f"k{number}") for number in range(waiting)]
        workers = _Workers(environ, folder)
        over.callback(workers.end)
        for _ in range(night.workers):
            workers.hire()
        carrier.began = began = monotonic()
        while (since := monotonic() - began) < night.patience and (len(keys) < night.texts or _left(database)):
            if len(keys) < min(night.texts, waiting + 1 + since / night.fails * (night.texts - waiting) / 2):
                keys.append(_ask_for(database, f"k{len(keys)}"))
                senders["texts"].wake()
            if since > (workers.kills + 1) * night.killed_every:
                workers.kill()
            sleep(0.2)
        took = Counter(carrier.took)
        lost = [key for key in keys if key not in took]
        return Outcome(took, len(keys), lost, carrier.refused, workers.kills, monotonic() - began)


def _environ(url: str, folder: Path, port: int) -> dict[str, str]:
    settings = {
        "DATABASE_URL": url,
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SMS": "aliyun",
        "PORTAL_SMS_ENDPOINT": f"http://127.0.0.1:{port}",
        **{f"PORTAL_SMS_{name}": "x" for name in ("KEY_ID", "KEY_SECRET", "SIGN_NAME", "CODE_TEMPLATE")},
        **{f"PORTAL_SMS_{name}_TEMPLATE": "x" for name in ("WITHDRAWAL", "PASSWORD", "BANK", "PHONE")},
        **{f"PORTAL_{name.upper()}": value for name, value in new_secrets().items()},
    }
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}, **settings}


def _ask_for(database: Database, key: str) -> str:
    with database.transaction() as session:
        now, owner = database.now(), make.person(session, Role.BROKER, has_password=False)
        until = now + timedelta(days=7)
        texts.enqueue_to_owner(session, now, owner, TextKind.BANK_CHANGE, {}, key=key, expires_at=until)
    return key


def _left(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(TextMessage.next_try_at.is_not(None))) or 0


@contextmanager
def _place() -> Iterator[tuple[Migrated, Path]]:
    with ExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="portal-night-")))
        yield Migrated(folder, folder, resources), folder


def main() -> None:
    """A night on each database, as asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.hammer.night", description="Send a backlog, slowly.")
    for name in ("texts", "workers"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Night(), name))
    for name in ("fails", "seconds", "killed-every"):
        parser.add_argument(f"--{name}", type=float, default=getattr(Night(), name.replace("-", "_")))
    parser.add_argument("--database", action="append", choices=DIALECTS, help="one database alone")
    asked = parser.parse_args()
    dialects: list[Dialect] = asked.database or list(DIALECTS)
    logging.getLogger().addHandler(logging.NullHandler())  # that the carrier fails is no news here
    night = Night(asked.texts, asked.fails, asked.seconds, asked.workers, asked.killed_every)
    well = True
    with _place() as (migrated, folder):
        for dialect in dialects:
            place = folder / dialect
            place.mkdir()
            with migrated.copy(dialect) as url:
                outcome = spend(night, url, place)
            well &= outcome.holds
            print(f"{dialect:<12} {outcome}", flush=True)
    sys.exit(not well)


if __name__ == "__main__":
    main()
