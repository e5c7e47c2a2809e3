"""Sending a crew to work, from a test or from `make hammer`."""

import subprocess
import sys
from pathlib import Path

from tests.hammer.orders import Orders, Report

_ROOT = Path(__file__).parents[2]


def strike(orders: Orders, *, patience: float = 100.0) -> Report:
    """Let a crew work as ordered on a migrated, empty database, and give its report. Raises when it breaks down."""
    Path(orders.folder).mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "tests.hammer.crew"],
        input=orders.dumps(),
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=orders.seconds * orders.rounds + patience,
    )
    if done.returncode or done.stderr:
        raise RuntimeError(f"the crew broke down ({done.returncode}):\n{done.stderr}")
    return Report.loads(done.stdout)
