"""What somebody waits for before there is a portal, against the project's own targets (issue 20, point 8).

Each is a process of its own over a data folder of its own, as from a shell. What Python compiled is there already, as
after an installation.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds

_HELP, _READY, _WORLD, _AGAIN = 0.3, 1.5, 12.0, 5.0
_SERVES = (
    "from portal.loading import uncollected\nwith uncollected():\n    from portal.app import create_app\ncreate_app()"
)
_ONCE = 1
"""The world is made from nothing, which takes as long as all the rest together."""


def measure(effort: Effort) -> Iterator[Row]:
    """The list of commands; a process that serves, up to its first request; the demo's world, and it again."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        few = in_turn(effort, {"help": lambda: _portal(place, "--help"), "ready": lambda: _run(place, "-c", _SERVES)})
        yield row("portal --help", "s", few["help"], "our own target", [_HELP] * effort.rounds)
        yield row("a process that serves, until it does", "s", few["ready"], "our own target", [_READY] * effort.rounds)
    once = replace(effort, warm_ups=0, rounds=_ONCE)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        demo = in_turn(once, {name: lambda: _portal(place, "demo", "--seed-only") for name in ("world", "again")})
    yield row("the demo's world, with its schema", "s", demo["world"], "our own target", [_WORLD])
    yield row("the demo again, without its server", "s", demo["again"], "our own target", [_AGAIN])


def _portal(place: Path, *words: str) -> float:
    return _run(place, "-m", "portal.cli", *words)


def _run(place: Path, *words: str) -> float:
    environ = {**os.environ, "PORTAL_DATA_DIR": str(place), "DATABASE_URL": ""}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return seconds(lambda: subprocess.run([sys.executable, *words], env=environ, check=True, capture_output=True))
