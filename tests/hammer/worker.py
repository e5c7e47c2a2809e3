"""One worker: does operations by the dice until its time is over or somebody kills it, and notes each outcome.

Besides the killer outside there is one inside: a worker's own transaction breaks at a statement that the dice chose,
by an error or by `kill -9`, so that a crash between any two statements is tried (rules 6.4).
"""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

from commissions.refusal import Refusal
from portal.adapters.files import FolderFiles
from portal.db import Database
from tests.hammer import naive, world
from tests.hammer.operations import OPERATIONS, Operation
from tests.hammer.orders import Broken, Orders

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

    def __init__(self, orders: Orders, database: Database, name: str, opened_at: float) -> None:
        """`opened_at`: the instant of the machine's clock at which the world's own time begins."""
        self._orders = orders
        self._database = database
        self._random = Random(f"{orders.seed}:{name}")
        self._notes = os.open(Path(orders.folder) / f"{name}.notes", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._breaker = Breaker(database.engine, self._random, orders.breaks)
        with database.reading() as session:
            people, places = world.people_of(session), world.places_of(session)
        files = FolderFiles(Path(orders.folder) / "files", database.vault)
        begins_at = world.MONTH_ENDS - timedelta(seconds=orders.seconds * orders.rounds / 2)
        clock = lambda: begins_at + timedelta(seconds=monotonic() - opened_at)  # noqa: E731 - it is handed on
        self._hand = world.Hand(self._random, people, places, files, clock)

    def work_until(self, ends_at: float) -> None:
        """Do what the dice say."""
        weights = [operation.weight * naive.zeal(self._orders, operation.name) for operation in OPERATIONS]
        while monotonic() < ends_at:
            self.do(self._random.choices(OPERATIONS, weights)[0])

    def do(self, operation: Operation) -> None:
        """Try one operation, and note what became of it and what its user was told."""
        with self._database.reading() as session:
            target = operation.find(session, self._hand)
        outcome, told = ("nothing to do", []) if target is None else self._attempt(operation, target)
        os.write(self._notes, json.dumps([operation.name, outcome, *told]).encode() + b"\n")

    def _attempt(self, operation: Operation, target: Any) -> tuple[str, list[str]]:
        try:
            with self._breaker.armed():
                return "done", list(operation.do(self._database, self._hand, target))
        except Refusal as refusal:
            return refusal.code, []
        except Broken:
            return "broken", []
        except DBAPIError as error:
            words = f"{getattr(error.orig, 'sqlite_errorname', '')} {error.orig}".strip().splitlines()[0]
            return f"error {type(error.orig).__name__}: {words}, at {(error.statement or 'connect')[:60]}", []
