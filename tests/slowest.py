"""Which tests take the most of a core, their fixtures and ended children included: `make slowest`.

The processor's seconds, not the clock's: what else the machine does changes them little.
"""

import os
from collections.abc import Generator

import pytest

MOST = 40
_SPENT = "processor_seconds"
_began: dict[str, float] = {}
_spent: dict[str, float] = {}


def _used() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool | None, bool | None]:
    _began[item.nodeid] = _used()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "teardown":
        report.user_properties.append((_SPENT, _used() - _began.pop(item.nodeid)))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Where all reports come together, from whichever worker."""
    for name, value in report.user_properties:
        if name == _SPENT:
            _spent[report.nodeid] = float(str(value))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section(f"{sum(_spent.values()):.0f} seconds of a core in {len(_spent)} tests; the dearest")
    for name in sorted(_spent, key=_spent.__getitem__, reverse=True)[:MOST]:
        terminalreporter.write_line(f"{_spent[name]:6.1f}  {name}")
