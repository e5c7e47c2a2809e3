"""A crew of workers and its killer: reads its orders from standard input, writes its report to standard output.

It is a process of its own with one thread, so that workers can be forked from it at once, with everything loaded and
nothing opened: who is killed is replaced in milliseconds, as a server's master would.
"""

import json
import logging
import os
import signal
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from time import monotonic, sleep

from portal.db import Database
from portal.services.periods import closing
from tests.hammer import invariants, naive, world
from tests.hammer.faults import checks, surroundings
from tests.hammer.faults.neighbours import Neighbours
from tests.hammer.orders import Note, Orders, Report, Times
from tests.hammer.worker import Worker, operations_of

_LATE = 60
"""Seconds after which a worker that does not end is a fault of its own."""


def main() -> None:
    """Work as ordered."""
    orders = Orders.loads(sys.stdin.read())
    logging.getLogger().addHandler(logging.NullHandler())  # that a neighbour fails is no news here
    closing.PAYEES = 1  # a close is many transactions here too, so that it is killed between two of them
    surroundings.scale(orders)
    database = naive.database(orders)
    world.build(database)
    world.keep_files(database, surroundings.files_of(orders, database, quiet=True))
    _rehearse(orders, database)
    naive.damage(orders)
    sys.stdout.write(run(orders, database).dumps())


def run(orders: Orders, database: Database) -> Report:
    """Rounds of work until something does not hold, or there are no more rounds."""
    report, opened_at = Report(orders.seed, orders.script), monotonic()
    for turn in range(orders.rounds):
        times = Times(opened_at, monotonic())
        report.kills += _round(orders, database, turn, times)
        report.violations = invariants.violations(orders, _told(orders))
        if orders.script:
            report.violations += _violations_of_faults(orders, database, turn, times)
        if report.violations:
            break
    report.seconds = monotonic() - opened_at
    report.outcomes = _outcomes(orders)
    return report


def _rehearse(orders: Orders, database: Database) -> None:
    """Do everything once, so that every worker knows its statements from the first second, after a kill too."""
    unharmed = replace(orders, breaks=0.0)  # or the crew itself would die of a worker's dice
    worker = Worker(unharmed, database, "rehearsal", Times(monotonic(), monotonic()))
    for operation in operations_of(orders):
        worker.do(operation)


def _round(orders: Orders, database: Database, turn: int, times: Times) -> int:
    """Workers side by side, killed at random and replaced, beside neighbours that fail; how many were killed."""
    database.dispose()  # no connection may be open when a process is forked
    neighbours = Neighbours(orders.url, orders.faults, times.round_at) if orders.script else None
    try:
        return _work(orders, database, turn, times, neighbours.redis if neighbours else None)
    finally:
        if neighbours:
            neighbours.end()


def _work(orders: Orders, database: Database, turn: int, times: Times, redis: str | None) -> int:
    random = Random(f"{orders.seed}:killer:{turn}")
    ends_at, kills = times.round_at + orders.seconds, 0
    crew: dict[int, int] = {}

    def hire(number: int) -> None:
        name = f"{turn}-{number}-{kills}"
        crew[_fork(orders, lambda: Worker(orders, database, name, times, redis).work_until(ends_at))] = number

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


def _violations_of_faults(orders: Orders, database: Database, turn: int, times: Times) -> list[str]:
    """Looked for by a process of its own: what it puts right starts threads, and no fork may follow them."""
    database.dispose()
    found = Path(orders.folder) / f"violations-{turn}"
    notes = list(_notes(orders, f"{turn}-*"))

    def look() -> None:
        hand = surroundings.hand(orders, database, Random(orders.seed), times, None)
        checks.report_into(found, checks.violations(orders, database, notes, hand))

    _wait({_fork(orders, look): 0})
    return [one for one in found.read_text().splitlines() if naive.is_to_break(orders, one)]


def _fork(orders: Orders, work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        naive.put_in(orders)
        work()
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


def _notes(orders: Orders, names: str = "*") -> Iterator[Note]:
    for path in sorted(Path(orders.folder).glob(f"{names}.notes")):
        for line in path.read_text().splitlines():
            yield Note(*json.loads(line))


def _told(orders: Orders) -> list[str]:
    return [one for note in _notes(orders) for one in note.told]


def _outcomes(orders: Orders) -> dict[str, dict[str, int]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for note in _notes(orders):
        found[note.operation][note.outcome] += 1
    return {operation: dict(counted.most_common()) for operation, counted in sorted(found.items())}


if __name__ == "__main__":
    main()
