"""`make hammer`: the long run, on both databases, with a table of what happened; then the naive controls.

Every run is named by its seed. The seed repeats the dice of workers and killer, not what the machine makes of them: a
fault that was seen once is looked for again with the same seed and more seconds. Exits with 1 when something does not
hold, when a user met an error instead of a sentence, or when a naive control was not found out.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from portal.config import new_secrets
from tests.databases import DIALECTS, Dialect, Migrated
from tests.hammer.naive import CONTROLS
from tests.hammer.orders import Orders, Report
from tests.hammer.strike import strike

_PATIENCE = 600.0
_HEAD = "        seed  database         done  a second  refused  broken  kills  violations"


def main() -> None:
    """Hammer as asked."""
    asked = _arguments()
    failed, refusals = False, Counter[str]()
    with ExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="portal-hammer-")))
        migrated = Migrated(folder, resources)
        print(_HEAD)
        for number, dialect in enumerate(dialect for _ in range(asked.seeds) for dialect in asked.database):
            seed = asked.first_seed + number // len(asked.database)
            report = _run(migrated, folder / f"notes-{number}", dialect, seed, asked)
            failed |= bool(report.violations or report.faults)
            refusals += Counter({f"{name}: {code}": n for name, code, n in _refused(report)})
            print(_row(report, dialect), flush=True)
        print("\n  refused, by operation and code")
        for name, times in sorted(refusals.items()):
            print(f"  {times:>10}  {name}")
        print("\n  naive controls, which must be found out")
        for name, dialect in _controls(asked.database):
            orders = {"control": name, "rounds": 60, "breaks": 0.2}
            report = _run(migrated, folder / f"notes-{name}-{dialect}", dialect, asked.first_seed, asked, 1, **orders)
            failed |= not report.violations
            found = report.violations[0] if report.violations else "NOT FOUND OUT"
            print(f"  {name:>10}  {dialect:<12} after {report.seconds:>5.1f} s: {found}", flush=True)
    sys.exit(failed)


def _run(
    migrated: Migrated,
    notes: Path,
    dialect: Dialect,
    seed: int,
    asked: argparse.Namespace,
    seconds: float | None = None,
    **orders: object,
) -> Report:
    with migrated.copy(dialect) as url:
        given = Orders(
            url,
            new_secrets(),
            str(notes),
            seed,
            asked.processes,
            seconds or asked.seconds,
            **{"kill_seconds": 0.2} | orders,
        )
        return strike(given, patience=_PATIENCE)


def _controls(dialects: list[Dialect]) -> Iterator[tuple[str, Dialect]]:
    return ((name, dialect) for name, one in CONTROLS.items() for dialect in dialects if dialect in one.dialects)


def _refused(report: Report) -> Iterator[tuple[str, str, int]]:
    for name, outcomes in report.outcomes.items():
        for outcome, times in outcomes.items():
            if outcome not in ("done", "nothing to do", "broken") and not outcome.startswith("error"):
                yield name, outcome, times


def _row(report: Report, dialect: Dialect) -> str:
    total, refused = report.total, sum(times for _, _, times in _refused(report))
    wrong = [*report.violations, *report.faults]
    return (
        f"  {report.seed:>10}  {dialect:<12} {report.done:>8,} {report.done / report.seconds:>9.1f} {refused:>8,} "
        f"{total['broken']:>7,} {report.kills:>6,}  {len(wrong)}" + "".join(f"\n      {one}" for one in wrong)
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hammer", description="Hammer at the money.")
    parser.add_argument("--seconds", type=float, default=30, help="how long each run takes")
    parser.add_argument("--seeds", type=int, default=3, help="how many runs on each database")
    parser.add_argument("--first-seed", type=int, default=1, help="the first of them; the others follow")
    parser.add_argument("--processes", type=int, default=8, help="how many workers")
    parser.add_argument("--database", action="append", choices=DIALECTS, help="one database alone")
    asked = parser.parse_args()
    asked.database = asked.database or list(DIALECTS)
    return asked


if __name__ == "__main__":
    main()
