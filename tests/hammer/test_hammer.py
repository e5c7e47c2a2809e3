"""Processes at the money, on both databases, some killed at any moment, beside disks, clocks and neighbours that fail:
nothing is paid, sent or given twice, nothing is lost or erased before its time, and all goes on by itself.

This is the short run; `make hammer` is the long one. A whole run by day lets the crew work on PostgreSQL, and the night
on SQLite as well. The naive controls prove that the hammer would see it: at night, and one where this file is named.
"""

from pathlib import Path

import pytest

from tests.databases import Dialect, Migrated
from tests.hammer.faults.deeds import DEEDS
from tests.hammer.faults.script import FAMILIES, KINDS, Script
from tests.hammer.faults.telling import TELL
from tests.hammer.faults.telling_apps import SEND
from tests.hammer.naive import CONTROLS
from tests.hammer.operations import OPERATIONS
from tests.hammer.orders import Orders
from tests.hammer.strike import strike
from tests.nightly import NIGHTLY, nightly

SEED = 20261122
QUICK = {
    "approve": ("sqlite",),
    "export": ("postgresql",),
    "request": ("sqlite",),
    "numbers": ("sqlite",),
    "posting": ("postgresql",),
    "tell": ("sqlite", "postgresql"),
    "speak": ("postgresql",),
    "apps": ("postgresql",),
    "keep": ("sqlite",),
    "reconnect": ("postgresql",),
    "come back": ("postgresql",),
    "trust": ("sqlite",),
    "sweep": ("sqlite",),
    "send": ("postgresql",),
    "count": ("sqlite",),
    "spool": ("postgresql",),
}
"""Where each control is tried here; `make hammer` tries every one wherever it is naive."""

AT_EVERY_RUN = ("approve",)
TRIED = [
    (control, dialect)
    for control, dialects in QUICK.items()
    for dialect in dialects
    if NIGHTLY or control in AT_EVERY_RUN
]

WHOLE_WAY = ("signed", "approve", "export", "import", "close", "tell")
"""What must have been done, and not only refused, for the run to mean something."""


SECONDS, BACK, FAILING = 5.0, 2.5, 2.2
"""How long the run takes; how soon all must be well again; and how long something fails before."""


@pytest.mark.parametrize("dialect", ["postgresql", *nightly("sqlite")])
def test_nothing_is_paid_twice_and_nothing_lost(
    dialect: Dialect, migrated: Migrated, secrets: dict[str, str], tmp_path: Path
) -> None:
    script = Script.roll(SEED, dialect, FAILING)
    assert {KINDS[fault.kind] for fault in script.faults} == FAMILIES.keys()
    orders = {"seconds": SECONDS, "back": BACK, "processes": 6, "kill_seconds": 0.6}
    with migrated.copy(dialect) as url:
        report = strike(Orders(url, secrets, str(tmp_path), SEED, script=str(script), **orders))
    assert not report.violations, report.words
    assert not report.faults, report.words
    assert report.kills > 2, "nobody was killed"
    assert report.outcomes.keys() == {operation.name for operation in (*OPERATIONS, TELL, SEND, *DEEDS)}
    assert all(report.outcomes[one].get("done") for one in WHOLE_WAY), f"the money did not move: {report.outcomes}"


@pytest.mark.night
@pytest.mark.parametrize(("control", "dialect"), TRIED)
def test_the_hammer_sees_what_is_naive(
    control: str, dialect: Dialect, migrated: Migrated, secrets: dict[str, str], tmp_path: Path
) -> None:
    with migrated.copy(dialect) as url:
        orders = Orders(url, secrets, str(tmp_path), SEED, control=control, **CONTROLS[control].orders())
        report = strike(orders, patience=300)
    assert report.violations, f"the naive {control} passed for good: {report.words}"
    assert {one.partition(":")[0] for one in report.violations} == {CONTROLS[control].breaks}


def test_every_control_is_tried() -> None:
    assert QUICK.keys() == CONTROLS.keys()
    assert all(set(dialects) <= set(CONTROLS[name].dialects) for name, dialects in QUICK.items())
