"""Webhooks while another process writes to the same SQLite file for longer than anybody waits for his turn."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from subprocess import PIPE, Popen
from threading import Event
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from portal.adapters.webhooks.courier import Line
from portal.config import Config
from portal.db import Database
from portal.postgres import Patience
from portal.services.webhooks import worker
from tests.receiver import Receiver, receiving

from .test_webhooks import COURIER, MINUTE, made, rows, sent, told

TAKE = worker.take
Hasty = Callable[[int], Database]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


class Held:
    """Another process that writes to a SQLite file, from the first delivery on until it is told to let go."""

    _WRITES = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
for line in sys.stdin:
    other.execute(line)
    print("done", flush=True)
"""

    def __init__(self, path: str) -> None:
        self._process = Popen([sys.executable, "-c", self._WRITES, path], stdin=PIPE, stdout=PIPE, text=True)
        self._before: Callable[[], None] | None = None
        self.refused, self._over = Event(), False

    def first(self, before: Callable[[], None]) -> None:
        """What is to be done once, before the file is held."""
        self._before = before

    @contextmanager
    def to(self, url: str) -> Iterator[Line]:
        with COURIER.to(url) as line:
            yield line
        if self._before is not None:
            self._before()
            self._before = None
            self._say("BEGIN IMMEDIATE")

    def take(self, *given: Any) -> list[worker.Taken]:
        try:
            return TAKE(*given)
        except OperationalError:
            self.refused.set()
            raise

    def let_go(self, _seconds: float) -> None:
        """Who pauses waits until the round has met the lock as well."""
        assert self.refused.wait(60)
        if not self._over:
            self._over = True
            self._say("ROLLBACK")

    def _say(self, statement: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(statement + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def hasty(database: Database, config: Config) -> Iterator[Hasty]:
    """The same database, opened by somebody who waits so many seconds for his turn."""
    with ExitStack() as opened:

        def patient(seconds: int) -> Database:
            found = Database(database.url, config.vault(), config.signer(), patience=Patience(5, seconds, 5, 60))
            opened.callback(found.dispose)
            return found

        yield patient


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_another_process_that_writes_for_long_costs_no_second_delivery(
    database: Database,
    hasty: Hasty,
    receiver: Receiver,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What arrived is written down when the other one is through; what comes due meanwhile goes out too."""
    first, second = (made(database, receiver.url, types=("registration_accepted",))[0] for _ in range(2))
    told(database, first.agency_id, 1, now)
    with closing(Held(database.url.removeprefix("sqlite:///"))) as held:
        held.first(lambda: told(database, second.agency_id, 1, now))
        monkeypatch.setattr(worker, "take", held.take)
        monkeypatch.setattr(worker, "sleep", held.let_go)
        assert worker.run_due(hasty(1), held, lambda: now).sent == 2  # type: ignore[arg-type]  # a courier beside whom others write
    assert [one.delivered_at for one in rows(database)] == [now, now]
    assert len(set(receiver.ids)) == len(receiver.ids) == 2


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_who_never_gets_a_turn_says_so_and_brings_it_again_after_the_lease(
    database: Database,
    hasty: Hasty,
    receiver: Receiver,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row, _ = made(database, receiver.url, types=("registration_accepted",))
    told(database, row.agency_id, 1, now)
    monkeypatch.setattr(worker, "sleep", lambda _seconds: None)
    with closing(Held(database.url.removeprefix("sqlite:///"))) as held:
        held.first(lambda: None)
        with pytest.raises(OperationalError, match="locked"):  # its sender rests, as for a carrier that is away
            worker.run_due(hasty(0), held, lambda: now)  # type: ignore[arg-type]  # a courier beside whom others write
    assert sent(database, now + MINUTE) == 1
    assert receiver.ids[0] == receiver.ids[1]
