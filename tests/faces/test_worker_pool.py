"""Photos are worked on where nobody else is held up by it."""

import os
import sys
import threading

import pytest

from portal.adapters.worker_pool import NICE, WorkerPool


def test_the_outcome_comes_back_from_another_thread() -> None:
    pool = WorkerPool("test")
    assert pool.run(divmod, 7, 2) == (3, 1)
    assert pool.run(threading.get_native_id) != threading.get_native_id()
    with pytest.raises(ZeroDivisionError):
        pool.run(divmod, 1, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are Linux's")
def test_it_steps_back_alone() -> None:
    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = nice()
    assert WorkerPool("test").run(nice) == min(before + NICE, 19)
    assert nice() == before
