"""Which tests take the most of a core, their fixtures and ended children included, and which wait: `make slowest`.

The processor's seconds, not the clock's: what else the machine does changes them little. Who waits is told by the clock
beside them, so only on a quiet machine: a test that waits for nothing has both alike. What PostgreSQL or a browser does
for a test counts as waiting here: they end with the worker's last test, whose children are therefore not counted.
"""

import os
import time
from collections.abc import Generator

import pytest

MOST = 40
_SPENT, _WAITED = "processor_seconds", "seconds_of_waiting"
_began: dict[str, tuple[float, float, float]] = {}
_last: set[str] = set()
_told: dict[str, dict[str, float]] = {_SPENT: {}, _WAITED: {}}


def _used() -> tuple[float, float, float]:
    """So far: of the processor by this process, by its ended children, and of the clock."""
    used = os.times()
    return used.user + used.system, used.children_user + used.children_system, time.monotonic()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, bool | None, bool | None]:
    if nextitem is None:
        _last.add(item.nodeid)
    _began[item.nodeid] = _used()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "teardown":
        own, children, took = (now - then for now, then in zip(_used(), _began.pop(item.nodeid), strict=True))
        spent = own if item.nodeid in _last else own + children
        report.user_properties += [(_SPENT, spent), (_WAITED, took - spent)]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Where all reports come together, from whichever worker."""
    for name, value in report.user_properties:
        if name in _told:
            _told[name][report.nodeid] = float(str(value))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    spent, waited = (sum(one.values()) for one in _told.values())
    terminalreporter.section(f"{spent:.0f} seconds of a core in {len(_told[_SPENT])} tests; the dearest")
    _list(terminalreporter, _told[_SPENT], MOST)
    terminalreporter.section(f"{waited:.0f} seconds in which a test did nothing; who waits the longest")
    _list(terminalreporter, _told[_WAITED], MOST // 4)


def _list(terminalreporter: pytest.TerminalReporter, seconds: dict[str, float], most: int) -> None:
    for name in sorted(seconds, key=seconds.__getitem__, reverse=True)[:most]:
        terminalreporter.write_line(f"{seconds[name]:6.1f}  {name}")
