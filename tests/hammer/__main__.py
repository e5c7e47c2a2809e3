"""`make hammer`: the long run, on both databases, with a table of what happened; then the naive controls.

Every run is named by its seed, and one beside failing neighbours by its script of faults, too; both are printed with
what did not hold. They repeat the dice of workers and killer and what fails when, not what the machine makes of them: a
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
from typing import Any

from portal.config import new_secrets
from tests.databases import DIALECTS, Dialect, Migrated
from tests.hammer.faults.script import Script
from tests.hammer.naive import CONTROLS
from tests.hammer.orders import Orders, Report
from tests.hammer.strike import strike

_PATIENCE = 600.0
_BACK, _SHORTEST = 10.0, 5.0
"""So many seconds after a fault all must be well again; and so long a run takes beside that, at least."""
_NO_REFUSAL = ("done", "nothing to do", "broken")
_HEAD = "        seed  database     by         done  a second  refused  broken  kills  violations"


def main() -> None:
    """Hammer as asked."""
    asked = _arguments()
    failed, refusals = False, Counter[str]()
    with ExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="portal-hammer-")))
        migrated = Migrated(folder, folder, resources)
        print(_HEAD)
        for number, (seed, dialect, failing) in enumerate(_runs(asked)):
            script = asked.script or str(Script.roll(seed, dialect, asked.seconds - _BACK - 1)) if failing else ""
            orders = {"seconds": asked.seconds, "processes": asked.processes, "script": script, "back": _BACK}
            orders["kill_seconds"] = 2.0 if failing else 0.2  # who is killed at once never meets a fault's end
            report = _run(migrated, folder / f"notes-{number}", dialect, seed, **orders)
            failed |= bool(report.violations or report.faults)
            refusals += Counter({f"{name}: {code}": n for name, code, n in _refused(report)})
            print(_row(report, dialect), flush=True)
        print("\n  refused, by operation and code")
        for name, times in sorted(refusals.items()):
            print(f"  {times:>10}  {name}")
        print("\n  naive controls, which must be found out")
        for name, dialect in _controls(asked):
            notes, orders = folder / f"notes-{name}-{dialect}", {"processes": asked.processes, "control": name}
            report = _run(migrated, notes, dialect, asked.first_seed, **orders | CONTROLS[name].orders())
            failed |= not report.violations
            found = report.violations[0] if report.violations else "NOT FOUND OUT"
            print(f"  {name:>10}  {dialect:<12} after {report.seconds:>5.1f} s: {found}", flush=True)
    sys.exit(failed)


def _runs(asked: argparse.Namespace) -> Iterator[tuple[int, Dialect, bool]]:
    """Each seed on each database: by kills alone, as hard as the machine can, and beside neighbours that fail."""
    for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
        for dialect in asked.database:
            for failing in (False, True):
                if failing or not (asked.script or asked.faults):
                    yield seed, dialect, failing


def _run(migrated: Migrated, notes: Path, dialect: Dialect, seed: int, **orders: Any) -> Report:
    with migrated.copy(dialect) as url:
        return strike(Orders(url, new_secrets(), str(notes), seed, **orders), patience=_PATIENCE)


def _controls(asked: argparse.Namespace) -> Iterator[tuple[str, Dialect]]:
    for name, one in CONTROLS.items() if asked.controls else ():
        yield from ((name, dialect) for dialect in asked.database if dialect in one.dialects)


def _refused(report: Report) -> Iterator[tuple[str, str, int]]:
    for name, outcomes in report.outcomes.items():
        for outcome, times in outcomes.items():
            if outcome not in _NO_REFUSAL and not outcome.startswith(("error", "outage")):
                yield name, outcome, times


def _row(report: Report, dialect: Dialect) -> str:
    total, refused = report.total, sum(times for _, _, times in _refused(report))
    wrong = [*report.violations, *report.faults]
    row = (
        f"  {report.seed:>10}  {dialect:<12} {'faults' if report.script else 'kills':<6} {report.done:>8,} "
        f"{report.done / report.seconds:>9.1f} {refused:>8,} {total['broken']:>7,} {report.kills:>6,}  {len(wrong)}"
    )
    if not wrong:
        return row
    again = f"again: --first-seed {report.seed} --seeds 1 --database {dialect}"
    again += f" --script '{report.script}'" if report.script else ""
    return "\n      ".join([row, *wrong, again])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hammer", description="Hammer at the money.")
    parser.add_argument("--seconds", type=_long_enough, default=30, help="how long each run takes, at least 15")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds on each database")
    parser.add_argument("--first-seed", type=int, default=1, help="the first of them; the others follow")
    parser.add_argument("--processes", type=int, default=8, help="how many workers")
    parser.add_argument("--database", action="append", choices=DIALECTS, help="one database alone")
    parser.add_argument("--faults", action="store_true", help="only beside neighbours that fail")
    parser.add_argument("--script", type=_readable, help="by this script of faults, not by one that the seed rolls")
    parser.add_argument("--no-controls", dest="controls", action="store_false", help="leave out the naive controls")
    asked = parser.parse_args()
    asked.database = asked.database or list(DIALECTS)
    return asked


def _long_enough(words: str) -> float:
    """Something fails, and then all must be well again for long enough to be seen."""
    seconds = float(words)
    if seconds < _BACK + _SHORTEST:
        raise argparse.ArgumentTypeError(f"a run takes at least {_BACK + _SHORTEST:.0f} seconds")
    return seconds


def _readable(words: str) -> str:
    try:
        return str(Script.read(words))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    main()
