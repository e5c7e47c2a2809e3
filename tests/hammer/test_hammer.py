"""Eight processes at the money, on both databases, some killed at any moment: nothing is paid twice and nothing lost.

This is the short run; `make hammer` is the long one. The naive controls prove that the hammer would see it: one a
database at every run, the others at night.
"""

from pathlib import Path

import pytest

from tests.databases import Dialect, Migrated
from tests.hammer.naive import CONTROLS
from tests.hammer.operations import OPERATIONS
from tests.hammer.orders import Orders, Report
from tests.hammer.strike import strike
from tests.nightly import NIGHTLY

SEED = 20261122
QUICK = {
    "approve": ("sqlite",),
    "export": ("postgresql",),
    "request": ("sqlite",),
    "numbers": ("sqlite",),
    "posting": ("postgresql",),
}
"""Where each control is tried here; `make hammer` tries every one wherever it is naive."""

AT_EVERY_RUN = ("approve", "posting")
TRIED = [
    (control, dialect)
    for control, dialects in QUICK.items()
    for dialect in dialects
    if NIGHTLY or control in AT_EVERY_RUN
]

WHOLE_WAY = ("signed", "approve", "export", "import", "close")
"""What must have been done, and not only refused, for the run to mean something."""


def _told(report: Report) -> str:
    return f"seed {report.seed}, {report.kills} kills: {[*report.violations, *report.faults]}"


def test_nothing_is_paid_twice_and_nothing_lost(
    dialect: Dialect, migrated: Migrated, secrets: dict[str, str], tmp_path: Path
) -> None:
    with migrated.copy(dialect) as url:
        report = strike(Orders(url, secrets, str(tmp_path), SEED, seconds=3, kill_seconds=0.15))
    assert not report.violations, _told(report)
    assert not report.faults, _told(report)
    assert report.kills > 2, "nobody was killed"
    assert report.outcomes.keys() == {operation.name for operation in OPERATIONS}
    assert all(report.outcomes[one].get("done") for one in WHOLE_WAY), f"the money did not move: {report.outcomes}"


@pytest.mark.parametrize(("control", "dialect"), TRIED)
def test_the_hammer_sees_what_is_naive(
    control: str, dialect: Dialect, migrated: Migrated, secrets: dict[str, str], tmp_path: Path
) -> None:
    with migrated.copy(dialect) as url:
        report = strike(Orders(url, secrets, str(tmp_path), SEED, seconds=1, rounds=30, breaks=0.2, control=control))
    assert report.violations, f"seed {report.seed}: the naive {control} passed for good"
    assert {one.partition(":")[0] for one in report.violations} == {CONTROLS[control].breaks}


def test_every_control_is_tried() -> None:
    assert QUICK.keys() == CONTROLS.keys()
    assert all(set(dialects) <= set(CONTROLS[name].dialects) for name, dialects in QUICK.items())
