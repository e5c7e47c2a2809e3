"""`make bench`: measure, print a table, write `bench/latest.json`.

A run takes some minutes, and means most on a machine that does nothing else. One subject alone:
`python -m tests.benchmarks --only faces`. Money's largest sizes take long, so they are asked for: `--only close
--deals 1000000`, `--only ledger-history --history 100000000`.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from portal import clock
from tests.benchmarks import (
    board,
    care,
    care_day,
    checkins,
    close,
    faces,
    graph,
    hostile,
    judging,
    ledger_history,
    ledger_pages,
    ledger_verify,
    notices,
    pages,
    poster_batch,
    posters,
    rating,
    registrations,
    registrations_by_api,
    start,
    webhooks,
    what_if,
)
from tests.benchmarks.measure import FULL, QUICK, Effort, Row

ROOT = Path(__file__).parents[2]

SUBJECTS: dict[str, Callable[[Effort], Iterator[Row]]] = {
    "faces": faces.measure,
    "checkins": checkins.measure,
    "registrations": registrations.measure,
    "registrations-by-api": registrations_by_api.measure,
    "rating": rating.measure,
    "judging": judging.measure,
    "care": care.measure,
    "care-day": care_day.measure,
    "what-if": what_if.measure,
    "close": close.measure,
    "ledger-history": ledger_history.measure,
    "ledger-pages": ledger_pages.measure,
    "ledger-verify": ledger_verify.measure,
    "graph": graph.measure,
    "posters": posters.measure,
    "poster-batch": poster_batch.measure,
    "pages": pages.measure,
    "board": board.measure,
    "notices": notices.measure,
    "webhooks": webhooks.measure,
    "hostile": hostile.measure,
    "start": start.measure,
}


def main() -> None:
    """Measure what was asked for."""
    asked = _arguments()
    print(_line("measure", "median", "against", "", "times as good"))
    before, rows, effort = machine(), [], _effort(asked)
    for name in asked.only or SUBJECTS:
        print(f"\n{name}")
        for row in SUBJECTS[name](effort):
            print(_shown(row), flush=True)
            rows.append(row)
    report = {
        "at": clock.now().isoformat(timespec="seconds"),
        "quick": asked.quick,
        "machine": before | {"load_after": _load()},
        "rows": [row.as_json() for row in rows],
    }
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nLoad of the machine: {before['load']} before, {_load()} after, {before['cores']} cores.")
    print("Written to", asked.json)


def machine() -> dict[str, Any]:
    """Where this was measured, as far as it matters to who compares."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system(), "load": _load()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the portal.")
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="measure this subject (may be repeated)")
    parser.add_argument("--quick", action="store_true", help="only prove that every measure runs")
    parser.add_argument("--deals", type=int, metavar="N", help="close a month of N deals (the goal: 1000000)")
    parser.add_argument("--history", type=int, metavar="N", help="post behind N lines (the goal: 100000000)")
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "latest.json", help="where the rows go")
    return parser.parse_args()


def _effort(asked: argparse.Namespace) -> Effort:
    """How much is done, with the sizes that were asked for."""
    sizes = {"closed_deals": asked.deals, "history": asked.history}
    return replace(QUICK if asked.quick else FULL, **{name: size for name, size in sizes.items() if size})


def _load() -> float:
    return round(os.getloadavg()[0], 2)


def _shown(row: Row) -> str:
    against = f"{figure(row.against_value)} {row.unit}"
    line = _line(row.name, f"{figure(row.value)} {row.unit}", against, row.against, f"{figure(row.ratio)}×")
    if not row.noisy:
        return line
    ratios = f"{figure(row.ratio_low)}–{figure(row.ratio_high)}×"
    return f"{line}  (range {figure(row.low)}–{figure(row.high)} {row.unit}, {ratios})"


def _line(name: str, value: str, against_value: str, against: str, ratio: str) -> str:
    return f"  {name:<50} {value:>14}  {against_value:>14} {against:<46} {ratio:>8}"


def figure(number: float) -> str:
    """Three digits that mean something."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.3g}"


if __name__ == "__main__":
    main()
