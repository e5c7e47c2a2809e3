"""`make bench` runs, and what it writes can be read: the quick way, whose figures mean nothing.

One subject at every run; all of them, which takes minutes, at night.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.measure import QUICK, in_turn, row
from tests.nightly import NIGHTLY

ROOT = Path(__file__).parents[2]
SUBJECTS = (
    "photo ",
    "check-in",
    "a worker",
    "a page ",
    "registrations, sqlite",
    "registrations, postgresql",
    "registrations by the interface, sqlite",
    "registrations by the interface, postgresql",
    "rate ",
    "judge 400 touches",
    "what is due of",
    "the day of who has 20 clients, sqlite",
    "the day of who has 20 clients, postgresql",
    "what if, sqlite",
    "what if, postgresql",
    "close ",
    "cancel in the largest agency",
    "statements of one agency, postgresql",
    "verify ",
    "who brought whom",
    "picture of who brought whom",
    "posters, the",
    "posters of a batch",
    "sign-in page",
    "board of measures",
    "showings that count, this month",
    "deals after a showing",
    "deals of referrals, a year ago",
    "showings that count, a year ago",
    "a request that tells",
    "60 events told to two each, postgresql",
    "the bell alone",
    "/healthz, hostile",
    "registration, hostile",
    "portal --help",
    "a process that serves",
    "the demo",
)


AT_EVERY_RUN = {"rating": "rate "}
"""How each begins in the table."""


@pytest.mark.timeout(600)  # at night a dozen subjects, many of which make databases of their own
def test_every_measure_runs_and_is_written_down(tmp_path: Path) -> None:
    only = [] if NIGHTLY else [word for name in AT_EVERY_RUN for word in ("--only", name)]
    report = tmp_path / "latest.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--quick", "--json", report, *only],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(report.read_text())["rows"]
    for begins in SUBJECTS if NIGHTLY else AT_EVERY_RUN.values():
        assert any(one["name"].startswith(begins) for one in rows), begins
    for one in rows:
        assert one["name"] in done.stdout
        assert {"name", "value", "unit", "against", "ratio"} <= one.keys()
        # No sign is asked for: encoding is a difference of two laps, and a busy machine turns a quick one round.
        assert one["low"] <= one["value"] <= one["high"]
        assert one["ratio_low"] <= one["ratio"] <= one["ratio_high"]


@pytest.mark.parametrize(
    ("unit", "ours", "theirs", "ratio"),
    [
        ("ms", [10, 20, 30], [20, 60, 60], 2),
        ("/s", [10, 20, 30], [20, 60, 60], 0.5),
    ],
)
def test_the_ratio_is_taken_round_by_round_and_more_is_better(
    unit: str, ours: list[float], theirs: list[float], ratio: float
) -> None:
    line = row("a measure", unit, ours, "another", theirs)
    assert (line.value, line.low, line.high, line.ratio) == (20, 10, 30, ratio)


def test_trials_take_turns_after_a_warm_up() -> None:
    order: list[str] = []
    effort = replace(QUICK, warm_ups=1, rounds=2)
    given = in_turn(effort, {"a": lambda: order.append("a"), "b": lambda: order.append("b")})
    assert order == ["a", "b"] * 3
    assert {name: len(figures) for name, figures in given.items()} == {"a": 2, "b": 2}
