"""A crew of workers and its killer: reads its orders from standard input, writes its report to standard output.

It is a process of its own with one thread, so that workers can be forked from it at once, with everything loaded and
nothing opened: who is killed is replaced in milliseconds, as a server's master would.
"""

import json
import os
import signal
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic, sleep

from portal.db import Database
from portal.services.periods import closing
from tests.hammer import invariants, naive, world
from tests.hammer.operations import OPERATIONS
from tests.hammer.orders import Orders, Report
from tests.hammer.worker import Worker

_LATE = 60
"""Seconds after which a worker that does not end is a fault of its own."""


def main() -> None:
    """Work as ordered."""
    orders = Orders.loads(sys.stdin.read())
    closing.PAYEES = 1  # a close is many transactions here too, so that it is killed between two of them
    database = naive.database(orders)
    world.build(database)
    _rehearse(orders, database)
    naive.damage(orders)
    sys.stdout.write(run(orders, database).dumps())


def run(orders: Orders, database: Database) -> Report:
    """Rounds of work until something does not hold, or there are no more rounds."""
    report, opened_at = Report(orders.seed), monotonic()
    for turn in range(orders.rounds):
        report.kills += _round(orders, database, turn, opened_at)
        report.violations = invariants.violations(orders, list(_told(orders)))
        if report.violations:
            break
    report.seconds = monotonic() - opened_at
    report.outcomes = _outcomes(orders)
    return report


def _rehearse(orders: Orders, database: Database) -> None:
    """Do everything once, so that every worker knows its statements from the first second, after a kill too."""
    worker = Worker(orders, database, "rehearsal", monotonic())
    for operation in OPERATIONS:
        worker.do(operation)


def _round(orders: Orders, database: Database, turn: int, opened_at: float) -> int:
    """Workers side by side, killed at random and replaced; how many were killed."""
    database.dispose()  # no connection may be open when a process is forked
    random = Random(f"{orders.seed}:killer:{turn}")
    ends_at, kills = monotonic() + orders.seconds, 0
    crew: dict[int, int] = {}

    def hire(number: int) -> None:
        crew[_fork(orders, database, f"{turn}-{number}-{kills}", opened_at, ends_at)] = number

    for number in range(orders.processes):
        hire(number)
    due = monotonic() + random.expovariate(1 / orders.kill_seconds)
    while monotonic() < ends_at:
        sleep(0.01)
        if monotonic() >= due:
            os.kill(random.choice(list(crew)), signal.SIGKILL)
            due = monotonic() + random.expovariate(1 / orders.kill_seconds)
        for pid in _ended(crew):
            kills += 1
            hire(crew.pop(pid))
    _wait(crew)
    return kills


def _fork(orders: Orders, database: Database, name: str, opened_at: float, ends_at: float) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        naive.put_in(orders)
        Worker(orders, database, name, opened_at).work_until(ends_at)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _ended(crew: dict[int, int]) -> Iterator[int]:
    """Who was killed, by the killer or by his own hand. Any other end is a fault of the hammer."""
    for pid in list(crew):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            if not _well(status):
                raise RuntimeError(f"a worker ended with status {status}")
            yield pid


def _wait(crew: dict[int, int]) -> None:
    give_up = monotonic() + _LATE
    while crew:
        for pid in _ended(crew):
            del crew[pid]
        if monotonic() > give_up:
            for pid in crew:
                os.kill(pid, signal.SIGKILL)
            raise RuntimeError(f"{len(crew)} workers did not end")
        sleep(0.01)


def _well(status: int) -> bool:
    return status == 0 or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)


def _notes(orders: Orders) -> Iterator[list[str]]:
    for path in sorted(Path(orders.folder).glob("*.notes")):
        for line in path.read_text().splitlines():
            yield json.loads(line)


def _told(orders: Orders) -> Iterator[str]:
    for _operation, _outcome, *told in _notes(orders):
        yield from told


def _outcomes(orders: Orders) -> dict[str, dict[str, int]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for operation, outcome, *_told in _notes(orders):
        found[operation][outcome] += 1
    return {operation: dict(counted.most_common()) for operation, counted in sorted(found.items())}


if __name__ == "__main__":
    main()
