"""One worker: does operations by the dice until its time is over or somebody kills it, and notes each outcome.

Besides the killer outside there is one inside: a worker's own transaction breaks at a statement that the dice chose,
by an error or by `kill -9`, so that a crash between any two statements is tried (rules 6.4).
"""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from redis import RedisError
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from commissions.refusal import Refusal
from portal.db import Database
from portal.outages import NoAnswer, outage_of
from tests.hammer import naive
from tests.hammer.faults import surroundings
from tests.hammer.faults.deeds import DEEDS
from tests.hammer.faults.telling import TELL
from tests.hammer.faults.telling_apps import SEND
from tests.hammer.operations import OPERATIONS, Operation
from tests.hammer.orders import Broken, Note, Orders, Times

_DIES = 0.01
"""How often a worker dies at one of its transaction's first statements."""
_STATEMENTS = 30


class Breaker:
    """Breaks a share of transactions (`breaks`) before their n-th statement."""

    def __init__(self, engine: Engine, random: Random, breaks: float) -> None:
        self._random = random
        self._breaks = breaks
        self._left: int | None = None
        self._dies = False
        event.listen(engine, "before_cursor_execute", self._count)

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Now and then, the transaction inside will not come to its end."""
        dice = self._random.random()
        self._dies = dice < _DIES
        self._left = self._random.randint(1, _STATEMENTS) if dice < self._breaks else None
        try:
            yield
        finally:
            self._left = None

    def _count(self, *_: Any) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left:
            return
        if self._dies:
            os.kill(os.getpid(), signal.SIGKILL)
        raise Broken


class Worker:
    """Who works: by dice of his own, on the crew's database, noting every outcome in a file of his own."""

    def __init__(self, orders: Orders, database: Database, name: str, times: Times, redis: str | None = None) -> None:
        """Without a `redis` it is a rehearsal: nothing fails, and no thread is started."""
        self._orders = orders
        self._database = database
        self._random = Random(f"{orders.seed}:{name}")
        self._times = times
        self._notes = os.open(Path(orders.folder) / f"{name}.notes", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._breaker = Breaker(database.engine, self._random, orders.breaks)
        self._operations = operations_of(orders)
        self._hand = surroundings.hand(orders, database, self._random, times, redis)

    def work_until(self, ends_at: float) -> None:
        """Do what the dice say."""
        weights = [operation.weight * naive.zeal(self._orders, operation.name) for operation in self._operations]
        while monotonic() < ends_at:
            self.do(self._random.choices(self._operations, weights)[0])

    def do(self, operation: Operation) -> None:
        """Try one operation, and note when, what became of it, and what its user was told."""
        began = monotonic() - self._times.round_at
        outcome, told = self._attempt(operation)
        note = Note(round(began, 3), operation.name, outcome, told)
        os.write(self._notes, json.dumps(note).encode() + b"\n")

    def _attempt(self, operation: Operation) -> tuple[str, list[str]]:
        try:
            with self._database.reading() as session:
                target = operation.find(session, self._hand)
            if target is None:
                return "nothing to do", []
            with self._breaker.armed():
                return "done", list(operation.do(self._database, self._hand, target))
        except Refusal as refusal:
            return refusal.code, []
        except Broken:
            return "broken", []
        except (SQLAlchemyError, RedisError, OSError, NoAnswer) as error:
            outage = outage_of(error) if self._orders.script else None
            return f"outage: {outage}" if outage else _told_of(error), []


def operations_of(orders: Orders) -> Sequence[Operation]:
    """What is hammered: money and who is told of it, and where faults are injected also what speaks to neighbours."""
    return (*OPERATIONS, TELL, SEND, *DEEDS) if orders.script else (*OPERATIONS, TELL, SEND)


def _told_of(error: Exception) -> str:
    if not isinstance(error, DBAPIError):
        return f"error {type(error).__name__}: {error}"
    words = f"{getattr(error.orig, 'sqlite_errorname', '')} {error.orig}".strip().splitlines()[0]
    return f"error {type(error.orig).__name__}: {words}, at {(error.statement or 'connect')[:60]}"
