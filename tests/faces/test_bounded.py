"""One engine a process: loaded once, and never at work on more photos than it was allowed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import numpy as np
import pytest

from commissions.refusal import Refusal
from portal.adapters.faces.bounded import BoundedEngine
from portal.adapters.faces.engine import Engine, Face, Image
from portal.rules.showings.checkin import Thresholds

PICTURE = np.zeros((4, 4, 3), np.uint8)


class Slow:
    """An engine that finds nobody, and takes until it is told to be done."""

    name, version, thresholds = "slow", "1", Thresholds()

    def __init__(self) -> None:
        self.begun, self.done = Event(), Event()

    def analyse(self, image: Image) -> list[Face]:
        self.begun.set()
        assert self.done.wait(10)
        return []


def test_who_waits_too_long_is_asked_to_come_back() -> None:
    slow = Slow()
    engine = BoundedEngine(lambda: slow, at_once=1, wait_seconds=0.01)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(engine.analyse, PICTURE)
        assert slow.begun.wait(10)
        with pytest.raises(Refusal, match="busy_try_again"):
            engine.analyse(PICTURE)
        slow.done.set()
        assert first.result() == []
    assert engine.analyse(PICTURE) == []


def test_first_requests_at_once_load_it_once() -> None:
    loaded: list[Engine] = []
    barrier = Barrier(8)

    def load() -> Engine:
        loaded.append(Slow())
        return loaded[-1]

    engine = BoundedEngine(load)
    assert not loaded

    def ask(_number: int) -> str:
        barrier.wait()
        return engine.name

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"slow"}
    assert len(loaded) == 1
